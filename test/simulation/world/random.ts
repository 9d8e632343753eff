/** The only source of chance in a round. */
export type Random = ReturnType<typeof createRandom>;

/** The generator sfc32: the same numbers for the same seed, on every machine. */
export function createRandom(seed: number) {
  let [a, b, c, counter] = [0, seed | 0, Math.floor(seed / 2 ** 32) | 0, 1];

  /** From 0 up to, but not, 1. */
  function next(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  }

  // The first numbers of seeds that are alike would be alike.
  for (let left = 15; left > 0; left -= 1) {
    next();
  }
  /** A whole number from 0 up to, but not, `below`. */
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
    /** A whole number; both ends are possible. */
    between: (from: number, to: number) => from + int(to - from + 1),
  };
}
