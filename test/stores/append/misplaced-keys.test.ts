import { expect, test } from 'vitest';
import { areMisplaced } from '../../../src/stores/append/misplaced-keys.ts';
import { partitionFor } from '../../../src/stores/append/partition-for.ts';

const keys = Array.from({ length: 20 }, (_, index) => `m-${index}`);
const spread = (over: number) => keys.map((key) => [partitionFor(key, over), key] as const);

test('keys lie where they belong as long as there are as many parts as when they were stored', () => {
  expect(areMisplaced(spread(12), 12)).toBe(false);
  expect(areMisplaced([], 12)).toBe(false);
});

test.each([1, 6, 11, 24])(
  'keys that were spread over %i parts do not lie where they belong among 12',
  (over) => {
    expect(areMisplaced(spread(over), 12)).toBe(true);
  },
);
