/** The only source of chance in a round. */
export interface Random {
  /** From 0 up to, but not, 1. */
  next(): number;
  /** A whole number from 0 up to, but not, `below`. */
  int(below: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** A whole number; both ends are possible. */
  between(from: number, to: number): number;
}

/** The generator sfc32: the same numbers for the same seed, on every machine. */
export function createRandom(seed: number): Random {
  let [a, b, c, counter] = [0, seed | 0, Math.floor(seed / 2 ** 32) | 0, 1];

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
  const int = (below: number) => Math.floor(next() * below);
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick(list) {
      if (list.length === 0) {
        throw new RangeError('Nothing to pick from');
      }
      return list[int(list.length)] as (typeof list)[number];
    },
    between: (from, to) => from + int(to - from + 1),
  };
}
