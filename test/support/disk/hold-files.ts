import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * All threads of this process that read files wait until the test ends, as if each of them read in a directory that hangs.
 *
 * @param room a directory of the test's own
 * @returns what lets them go on before
 */
export function holdFiles(room: string): () => Promise<void> {
  const pipe = join(room, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  // A pipe is opened when somebody writes to it.
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
