import { setFlagsFromString } from 'node:v8';

/**
 * Tunes V8 for a process with many deliveries in flight. docs/decisions/023-speed.md lists the effect of each setting.
 *
 * Call this function after the start, so that V8 can use its cached code, which includes Node's own modules. V8 uses
 * cached code only with the settings with which the code was compiled. Settings that V8 reads only at its own start are
 * in the Dockerfile.
 */
export function tuneV8(): void {
  // By default, if objects of one allocation site survive their first collections, V8 allocates later ones from that
  // site in the old generation. While the heap is small, all objects that wait for the store survive. Later objects
  // live only for milliseconds, but would stay in the old generation and keep other objects alive.
  setFlagsFromString('--no-allocation-site-pretenuring');
  // A delivery runs through hundreds of short functions of node:http, Koa and this program. This setting allows about
  // four times as much inlining as the default.
  setFlagsFromString('--max-inlined-bytecode-size=1500');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=4000');
}

/** Minimum size of a large body in bytes, which is about the size of forty events. */
const largeBodyBytes = 32 * 1024;

/**
 * Lets the heap grow faster once the first large body shows that this process receives batches.
 *
 * Bodies are outside V8's heap, but V8 counts their memory when it schedules full collections. In a container of 512
 * MiB, V8 would run a full collection for every twenty batches, and each collection would free little memory. If the
 * heap may double between collections, young collections suffice. For unbatched events, the setting would keep garbage
 * alive for too long.
 */
export class HeapGrowthAdjuster {
  #isMade = false;

  observe(bodyBytes: number): void {
    if (bodyBytes > largeBodyBytes && !this.#isMade) {
      this.#isMade = true;
      setFlagsFromString('--heap-growing-percent=100');
    }
  }
}
