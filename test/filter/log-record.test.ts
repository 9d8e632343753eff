import { expect, test } from 'vitest';
import { toTimestamp } from '../../src/filter/log-record.ts';
import { createTrackedRecord } from '../support/filter/tracked-record.ts';

test.each([
  [5_000, 5_000],
  [20_000, 10_000],
  [-1, 10_000],
])('the time %i counts as %i', (timestampMs, expected) => {
  expect(toTimestamp(createTrackedRecord('a', 1, timestampMs), 10_000)).toBe(expected);
});
