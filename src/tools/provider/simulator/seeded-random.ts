import { hash } from 'node:crypto';

/** A generator of numbers in [0, 1), reproducible from its seed (mulberry32). */
export type Random = () => number;

export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixedBits = Math.imul(state ^ (state >>> 15), state | 1);
    mixedBits ^= mixedBits + Math.imul(mixedBits ^ (mixedBits >>> 7), mixedBits | 61);
    return ((mixedBits ^ (mixedBits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Derives the seed for one part of a run. Every part of a run gets a different seed. */
export function deriveSeed(seed: number, part: number): number {
  let mixedSeed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(part + 1, 0xc2b2ae35);
  mixedSeed ^= mixedSeed >>> 16;
  mixedSeed = Math.imul(mixedSeed, 0x7feb352d);
  return (mixedSeed ^ (mixedSeed >>> 15)) >>> 0;
}

/**
 * Creates a generator of identifiers (version 4 UUIDs) for one part of a run. The identifiers are unique across parts
 * and runs. Numbers from `Random` would not be unique: its state has only 32 bits, so two parts of a large run often
 * produce the same numbers.
 */
export function createUuids(seed: number, part: number): () => string {
  let uuidCount = 0;
  return () => {
    uuidCount += 1;
    const hex = hash('sha256', `${seed} ${part} ${uuidCount}`);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  };
}
