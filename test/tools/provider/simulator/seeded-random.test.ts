import { expect, test } from 'vitest';
import {
  createSeededRandom,
  createUuids,
  deriveSeed,
} from '../../../../src/tools/provider/simulator/seeded-random.ts';

const draw = (seed: number, count = 1_000) => Array.from({ length: count }, createSeededRandom(seed));

test('the same seed gives the same numbers, evenly in [0, 1)', () => {
  const numbers = draw(7);
  expect(draw(7)).toEqual(numbers);
  expect(draw(8)).not.toEqual(numbers);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
});

test('each part of a run has a seed of its own', () => {
  const seeds = Array.from({ length: 1_000 }, (_unused, part) => deriveSeed(7, part));
  expect(new Set(seeds).size).toBe(1_000);
});

test('identifiers have the form of a UUID of version 4, the same of each part, and its alone', () => {
  const makeOf = (seed: number, part: number) => Array.from({ length: 100 }, createUuids(seed, part));
  const ids = makeOf(7, 1);
  expect(makeOf(7, 1)).toEqual(ids);
  expect(new Set([ids, makeOf(7, 2), makeOf(8, 1)].flat()).size).toBe(300);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});
