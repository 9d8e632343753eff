import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * Blocks all file-system threads of this process until the test ends, as if each thread read a hanging directory.
 *
 * @param room a directory that belongs to the test
 * @returns a function that unblocks the threads earlier
 */
export function holdFiles(room: string): () => Promise<void> {
  const pipe = join(room, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  // Opening a pipe blocks until a writer opens it.
  const openings = Array.from({ length: threads }, () => open(pipe, 'r'));
  let isHeld = true;
  async function goOn(): Promise<void> {
    if (isHeld) {
      isHeld = false;
      const writer = openSync(pipe, 'r+');
      await Promise.all(openings.map(async (opening) => (await opening).close()));
      closeSync(writer);
    }
  }
  onTestFinished(goOn);
  return goOn;
}
