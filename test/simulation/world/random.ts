/** The only source of randomness in a round. */
export type Random = ReturnType<typeof createRandom>;

/** Creates an sfc32 generator, which returns the same sequence of numbers for the same seed on every machine. */
export function createRandom(seed: number) {
  let [a, b, c, counter] = [0, seed | 0, Math.floor(seed / 2 ** 32) | 0, 1];

  /** Returns a number from 0 up to, but not including, 1. */
  function next(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  }

  // Discards the first numbers, because similar seeds produce similar first numbers.
  for (let left = 15; left > 0; left -= 1) {
    next();
  }
  /** Returns an integer from 0 up to, but not including, `below`. */
  const int = (below: number) => Math.floor(next() * below);
  return {
    next,
    int,
    chance: (probability: number) => next() < probability,
    pick<T>(list: readonly T[]) {
      if (list.length === 0) {
        throw new RangeError('Nothing to pick from');
      }
      return list[int(list.length)] as T;
    },
    /** Returns an integer in the given range, which includes both bounds. */
    between: (from: number, to: number) => from + int(to - from + 1),
  };
}
