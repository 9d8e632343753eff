import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8 from allocating in the old generation at once what outlived its first collections. While the heap is small,
 * everything that waits for the store does; objects of the same place in the code are then made old for the rest of the
 * process's life, though they are done in milliseconds, and each keeps alive what it points to. Under 512 connections
 * that made a young collection four times as long and the process a third larger (docs/benchmark.md).
 *
 * To be called before the code that it is about gets compiled.
 */
export function tuneCollector(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
