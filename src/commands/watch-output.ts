import { once } from 'node:events';
import { hasCode } from '../runtime/errors.ts';
import type { CommandIo } from './command-io.ts';

/** Standard output that may end before the command does, as with `| head`. */
export interface WatchedOutput {
  /** Nobody reads any more. A pipe tells that when it is written to: no call asks it without a byte. */
  readonly closed: AbortSignal;
  /** Resolves when there is room for more; rejects when the text could not be written. */
  write(text: string): Promise<void>;
}

export function watchOutput(stdout: CommandIo['stdout']): WatchedOutput {
  const closing = new AbortController();
  const failed = new AbortController();
  stdout.on('error', (error) => {
    closing.abort();
    if (!hasCode(error, 'EPIPE')) {
      failed.abort(new Error(`standard output cannot be written: ${error.message}`, { cause: error }));
    }
  });
  return {
    closed: closing.signal,
    async write(text) {
      if (!stdout.write(text) && !closing.signal.aborted) {
        await once(stdout, 'drain', { signal: closing.signal }).catch(() => {});
      }
      failed.signal.throwIfAborted();
    },
  };
}
