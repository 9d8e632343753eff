import { homedir } from 'node:os';
import { join } from 'node:path';

/** Returns the directory in which the tests cache downloaded files. The directory can be deleted at any time. */
export function cacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'comapi-webhook-receiver');
}
