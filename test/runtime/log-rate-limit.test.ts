import { expect, test } from 'vitest';
import { LogRateLimit } from '../../src/runtime/log-rate-limit.ts';
import { createFakeClock } from '../support/fake-clock.ts';

test('allows so many lines in each second, and tells how many were skipped', () => {
  const clock = createFakeClock(0);
  const limit = new LogRateLimit(clock, 2);
  const take = (count: number) => Array.from({ length: count }, () => limit.take()?.suppressed);
  expect(take(5)).toEqual([0, 0, undefined, undefined, undefined]);
  clock.advance(999);
  expect(take(1)).toEqual([undefined]);
  clock.advance(1);
  expect(take(2)).toEqual([4, 0]);
});

test('spares lines of each second for others', () => {
  const limit = new LogRateLimit(createFakeClock(0), 5);
  const take = (count: number, spared: number) =>
    Array.from({ length: count }, () => limit.take(spared)?.suppressed);
  expect(take(10, 2).filter((suppressed) => suppressed !== undefined)).toEqual([0, 0, 0]);
  expect(take(3, 0)).toEqual([7, 0, undefined]);
});
