import { homedir } from 'node:os';
import { join } from 'node:path';

/** Returns the cache of files that the tests download. It can be deleted at any time. */
export function cacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'comapi-webhook-receiver');
}
