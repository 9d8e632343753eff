import { homedir } from 'node:os';
import { join } from 'node:path';

/** What the tests fetch once is kept here; it can be deleted at any time. */
export function cacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'comapi-webhook-receiver');
}
