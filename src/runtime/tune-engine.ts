import { setFlagsFromString } from 'node:v8';

/**
 * Sets V8 for a process with many deliveries in flight. docs/decisions/023-speed.md has what each setting gave. Call it once the process
 * is up: V8 takes compiled code, also that of Node's own modules, only under the settings under which it was made. Settings that
 * V8 reads only at its own start are in the Dockerfile.
 */
export function tuneEngine(): void {
  // By default, when objects from one place in the code survived their first collections, V8 allocates all further ones
  // from there in the old generation. While the heap is small, everything that waits for the store survives them. Later
  // such objects live for milliseconds only, but they stay in the old generation and keep alive what they point to.
  setFlagsFromString('--no-allocation-site-pretenuring');
  // A delivery runs through hundreds of short functions of node:http, Koa and this program. About four times as many as by
  // default may be inlined.
  setFlagsFromString('--max-inlined-bytecode-size=1500');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=4000');
}

/** Some forty events. */
const largeBodyBytes = 32 * 1024;

/**
 * Takes the size of each body that is stored. The first large one shows that this process is sent batches.
 *
 * Bodies are memory outside of V8's heap, but V8 counts them when it decides on the next collection of the whole heap. In a
 * container of 512 MiB it would make one for every twenty batches, and none of them would find much. With a heap that may
 * double, young collections are enough. For singles it is too much: what they leave behind would live on for longer.
 */
export class RoomForBodies {
  #isMade = false;

  observe(bodyBytes: number): void {
    if (bodyBytes > largeBodyBytes && !this.#isMade) {
      this.#isMade = true;
      setFlagsFromString('--heap-growing-percent=100');
    }
  }
}
