import { hash } from 'node:crypto';

/** Numbers in [0, 1) that the same seed gives again (mulberry32). */
export type Random = () => number;

export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A seed for one part of a run. Each part of the same run has another one. */
export function deriveSeed(seed: number, part: number): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(part + 1, 0xc2b2ae35);
  mixed ^= mixed >>> 16;
  mixed = Math.imul(mixed, 0x7feb352d);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/**
 * Makes the identifiers of one part of a run, in the form of a UUID of version 4. No other part and no other run has them: the
 * numbers of `Random` come from 32 bits, so that in a hundred thousand events two parts often have some in common.
 */
export function createUuids(seed: number, part: number): () => string {
  let made = 0;
  return () => {
    made += 1;
    const hex = hash('sha256', `${seed} ${part} ${made}`);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  };
}
