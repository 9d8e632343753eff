import { expect, test } from 'vitest';
import { toMedian } from './median.ts';

test('the median of an even number lies between the two in the middle', () => {
  expect(toMedian([4, 1, 2, 100])).toBe(3);
  expect(toMedian([5, 1, 2])).toBe(2);
  expect(toMedian([])).toBeNaN();
});
