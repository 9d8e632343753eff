import { expect, test } from 'vitest';
import { scoreOf } from './score.ts';

const results = (found: number, living: number) =>
  [...Array(found).fill('types'), ...Array(living).fill(undefined)].map((foundBy) => ({ foundBy }));

test('the interval is that of Wilson', () => {
  const { found, of, low, high } = scoreOf(results(81, 182));
  expect([found, of]).toEqual([81, 263]);
  // Expected values from Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I, method
  // 3.
  expect(low).toBeCloseTo(0.2553, 4);
  expect(high).toBeCloseTo(0.3662, 4);
});

test('of nothing nothing is known', () => {
  expect(scoreOf([])).toEqual({ found: 0, of: 0, low: 0, high: 1 });
});
