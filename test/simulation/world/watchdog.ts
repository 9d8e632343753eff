import { createHook } from 'node:async_hooks';
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** The parent process reads the stack from it. */
export const stackDescriptor = 4;
const beatMs = 100;
/** A round replaces these. */
const { kill, pid } = process;
const write = writeSync;

/**
 * Ends this process when one turn of its event loop does not end, and tells where it is: in a loop, or in promises that make
 * promises. Another thread counts the turns, and asks for the stack.
 */
export function startWatchdog(): void {
  const turns = new Int32Array(new SharedArrayBuffer(4));
  setInterval(() => Atomics.add(turns, 0, 1), beatMs).unref();
  Object.assign(globalThis, {
    tellWhereItIs() {
      tellStack();
      createHook({ init: tellStack }).enable();
    },
  });
  new Worker(new URL('watchdog-thread.ts', import.meta.url), { workerData: turns }).unref();
}

/** Between two promises there is no code to tell of. */
function tellStack(): void {
  Error.stackTraceLimit = 50;
  const frames = (new Error('stack').stack ?? '').split('\n').filter((line) => line.includes('file:'));
  const own = frames.filter((line) => !line.includes('/world/watchdog.ts'));
  if (own.length > 0) {
    write(
      stackDescriptor,
      own.map((line) => line.trim().replace(/file:\S*?\/(?=src\/|test\/)/, '')).join('\n'),
    );
    kill(pid, 'SIGKILL');
  }
}
