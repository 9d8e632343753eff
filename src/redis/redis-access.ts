import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions as TlsOptions } from 'node:tls';
import { readCredential } from '../config/credential.ts';
import {
  findPlaintextPassword,
  formatRedisAddress,
  parseRedisUrl,
  type RedisAddress,
  type RedisConfig,
  type RedisTlsConfig,
} from '../config/redis-config.ts';
import { readTlsOptions } from '../config/url-store-config.ts';

/** What says how connections are made. */
export type RedisAccessConfig = Pick<RedisConfig, 'url' | 'allowPlaintext' | 'tls'>;

/** How one connection is made. */
export interface RedisAccess {
  readonly address: RedisAddress;
  readonly tls: TlsOptions | undefined;
}

/**
 * Reads the files of the URL and of the certificates: each new connection sees what they hold now.
 *
 * @throws {Error} when one of them cannot be used; its message has no password
 */
export function readRedisAccess({ url, allowPlaintext, tls }: RedisAccessConfig): RedisAccess {
  const text = 'file' in url ? readCredential('REDIS_URL_FILE', url.file) : url.text;
  const address = parseRedisUrl(text);
  const problem = typeof address === 'string' ? address : findPlaintextPassword(address, allowPlaintext);
  if (typeof address === 'string' || problem !== undefined) {
    throw new Error(`${'file' in url ? 'REDIS_URL_FILE' : 'REDIS_URL'} ${problem}`);
  }
  return { address, tls: address.isTls ? readTls(tls) : undefined };
}

/** Where the URL leads, for people; without credentials. */
export function describeRedisUrl(config: Pick<RedisConfig, 'url'>): string {
  try {
    return formatRedisAddress(readRedisAccess({ ...config, allowPlaintext: true, tls: {} }).address);
  } catch {
    // What is wrong with it is said where it is used.
    return 'the server of REDIS_URL';
  }
}

function readTls(tls: RedisTlsConfig): TlsOptions {
  return { ...readTlsOptions(tls), ...(tls.allowAnyCertificate && { rejectUnauthorized: false }) };
}

interface SocketListener {
  /** TCP and TLS stand. */
  onOpen(): void;
  onBytes(bytes: Buffer): void;
  /** It is of no use any more; may be called more than once. */
  onEnd(error: Error): void;
}

/** A socket whose every end is heard from its first moment on. @throws {Error} for certificates that cannot be used */
export function openSocket({ address, tls }: RedisAccess, listener: SocketListener): Socket {
  const { host, port } = address;
  const options = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 };
  const socket = tls === undefined ? connect(options) : connectTls({ ...options, ...tls });
  return (
    socket
      .on(tls === undefined ? 'connect' : 'secureConnect', () => listener.onOpen())
      .on('data', (bytes: Buffer) => listener.onBytes(bytes))
      .on('error', (error) => listener.onEnd(error))
      // A peer that has ended its half answers nothing more, whether or not it reads.
      .on('end', () => listener.onEnd(new Error('the server ended the connection')))
      .on('close', () => listener.onEnd(new Error('the connection was lost')))
  );
}
