import { createHook } from 'node:async_hooks';
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** File descriptor from which the parent process reads the stack trace. */
export const stackDescriptor = 4;
const beatMs = 100;
/** The original functions. They are saved here because a round replaces them. */
const { kill, pid } = process;
const write = writeSync;

/**
 * Ends this process and prints the stack if a turn of the event loop does not end, for example because of an endless
 * loop or an endless chain of promises. A separate thread counts the turns and requests the stack.
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

/** Prints the stack. Prints nothing between two promises, when the stack is empty. */
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
