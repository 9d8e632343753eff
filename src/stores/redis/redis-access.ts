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

export type RedisAccessConfig = Pick<RedisConfig, 'url' | 'allowPlaintext' | 'tls'>;

export interface RedisAccess {
  readonly address: RedisAddress;
  readonly tls: TlsOptions | undefined;
}

/**
 * Reads the files with the URL and the certificates. Called for each new connection, so that each connection uses
 * their current contents.
 *
 * @param timeoutMs time limit for reading all files
 * @throws {Error} if a file cannot be used; the message contains no password
 */
export function readRedisAccess(config: RedisAccessConfig, timeoutMs: number): Promise<RedisAccess> {
  return withDeadline(readFiles(config), timeoutMs, () => {
    const message = `the files with the URL and the certificates could not be read within ${timeoutMs} ms`;
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

/**
 * Describes the address of the server without credentials. Must be called only before the process accepts requests,
 * because the file is read synchronously.
 */
export function describeRedisUrl({ url }: Pick<RedisConfig, 'url'>): string {
  const unknownServerText = 'the server of REDIS_URL';
  try {
    const address = parseRedisUrl('file' in url ? readCredential(urlFileVariable, url.file) : url.text);
    return typeof address === 'string' ? unknownServerText : formatRedisAddress(address);
  } catch {
    // The error is reported when a connection is opened.
    return unknownServerText;
  }
}

async function readTls(tls: RedisTlsConfig): Promise<TlsOptions> {
  return { ...(await readTlsOptions(tls)), ...(tls.allowAnyCertificate && { rejectUnauthorized: false }) };
}
