import { setFlagsFromString } from 'node:v8';

/**
 * Settings of V8 for a process that has many deliveries under way at once; what each gave is in docs/benchmark.md. To be
 * called before the code that it is about gets compiled. Those that V8 reads at its own start are in the Dockerfile.
 */
export function tuneEngine(): void {
  // Keeps V8 from allocating in the old generation at once what outlived its first collections. While the heap is small,
  // everything that waits for the store does; objects of the same place in the code are then made old for the rest of the
  // process's life, though they are done in milliseconds, and each keeps alive what it points to.
  setFlagsFromString('--no-allocation-site-pretenuring');
  // A delivery passes through hundreds of short functions of node:http, Koa and this program: about four times as much
  // of them as by default may become part of their callers.
  setFlagsFromString('--max-inlined-bytecode-size=1500');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=4000');
}
