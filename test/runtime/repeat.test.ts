import { expect, onTestFinished, test, vi } from 'vitest';
import { repeat } from '../../src/runtime/repeat.ts';

test('runs now and so long after each end, never twice at once, and not after it was stopped', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const ends: (() => void)[] = [];
  const repetition = repeat(() => new Promise((resolve) => ends.push(resolve)), 100);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await vi.advanceTimersByTimeAsync(99);
  expect(ends).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(ends).toHaveLength(2);
  repetition.stop();
  expect(repetition.isStopped).toBe(true);
  ends[1]?.();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(ends).toHaveLength(2);
});
