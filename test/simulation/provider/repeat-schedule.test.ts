import { expect, test } from 'vitest';
import { isRepeated, repeatAfterMs } from './repeat-schedule.ts';

test('the provider repeats 17 times in less than 24.5 hours', () => {
  expect(repeatAfterMs).toHaveLength(17);
  const hours = repeatAfterMs.reduce((sum, each) => sum + each, 0) / 3_600_000;
  expect(hours).toBeGreaterThan(24);
  expect(hours).toBeLessThan(24.5);
});

test.for([
  [200, false],
  [204, false],
  [400, false],
  [401, false],
  [408, true],
  [500, true],
  [503, true],
  ['cut', true],
  ['refused', true],
  ['no_answer', true],
] as const)('what got %s is repeated: %s', ([outcome, expected]) => {
  expect(isRepeated(outcome)).toBe(expected);
});
