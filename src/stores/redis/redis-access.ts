import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { readCredential, rereadCredential } from '../../config/credential.ts';
import {
  findPlaintextPassword,
  formatRedisAddress,
  parseRedisUrl,
  type RedisAddress,
  type RedisConfig,
  type RedisTlsConfig,
} from '../../config/redis-config.ts';
import { readTlsOptions } from '../../config/url-store-config.ts';
import { withDeadline } from '../../runtime/with-deadline.ts';
import { RedisError } from './redis-error.ts';

const urlFileVariable = 'REDIS_URL_FILE';

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
 * @param timeoutMs for all of them together
 * @throws {Error} when one of them cannot be used; its message has no password
 */
export function readRedisAccess(config: RedisAccessConfig, timeoutMs: number): Promise<RedisAccess> {
  return withDeadline(readFiles(config), timeoutMs, () => {
    const message = `the files of its URL and certificates were not read within ${timeoutMs} ms`;
    return new RedisError('timeout', message);
  });
}

async function readFiles({ url, allowPlaintext, tls }: RedisAccessConfig): Promise<RedisAccess> {
  const text = 'file' in url ? await rereadCredential(urlFileVariable, url.file) : url.text;
  const address = parseRedisUrl(text);
  const problem = typeof address === 'string' ? address : findPlaintextPassword(address, allowPlaintext);
  if (typeof address === 'string' || problem !== undefined) {
    throw new Error(`${'file' in url ? urlFileVariable : 'REDIS_URL'} ${problem}`);
  }
  return { address, tls: address.isTls ? await readTls(tls) : undefined };
}

/** Where the URL leads, for people; without credentials. Called before the process serves. */
export function describeRedisUrl({ url }: Pick<RedisConfig, 'url'>): string {
  const unknown = 'the server of REDIS_URL';
  try {
    const address = parseRedisUrl('file' in url ? readCredential(urlFileVariable, url.file) : url.text);
    return typeof address === 'string' ? unknown : formatRedisAddress(address);
  } catch {
    // What is wrong with it is said where it is used.
    return unknown;
  }
}

async function readTls(tls: RedisTlsConfig): Promise<TlsOptions> {
  return { ...(await readTlsOptions(tls)), ...(tls.allowAnyCertificate && { rejectUnauthorized: false }) };
}
