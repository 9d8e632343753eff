import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRetryQueue } from '../../../src/provider/simulator/retry-queue.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('gives each item once its time has come, in that order', () => {
  let calls = 0;
  const queue = createRetryQueue<string>(() => {
    calls += 1;
  });
  queue.add('late', 30);
  queue.add('early', 10);
  queue.add('middle', 20);
  expect([queue.take(), queue.size, calls]).toEqual([undefined, 3, 0]);

  vi.advanceTimersByTime(20);
  expect(calls).toBe(2);
  expect([queue.take(), queue.take(), queue.take()]).toEqual(['early', 'middle', undefined]);
  expect(queue.size).toBe(1);
});

test('gives up all of them, and calls nobody afterwards', () => {
  let calls = 0;
  const queue = createRetryQueue<string>(() => {
    calls += 1;
  });
  queue.add('waiting', 30);
  queue.add('due', 10);
  vi.advanceTimersByTime(10);
  expect(queue.drain()).toEqual(['due', 'waiting']);
  vi.advanceTimersByTime(100);
  expect([queue.size, queue.take(), calls]).toEqual([0, undefined, 1]);
});
