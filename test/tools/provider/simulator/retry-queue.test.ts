import { expect, test, vi } from 'vitest';
import { RetryQueue } from '../../../../src/tools/provider/simulator/run-simulation.ts';
import { useFakeTimers } from '../../../support/fake-timers.ts';

useFakeTimers();

test('gives each item once its time has come, in that order', () => {
  let calls = 0;
  const queue = new RetryQueue<string>(() => {
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
  const queue = new RetryQueue<string>(() => {
    calls += 1;
  });
  queue.add('waiting', 30);
  queue.add('due', 10);
  vi.advanceTimersByTime(10);
  expect(queue.drain()).toEqual(['due', 'waiting']);
  vi.advanceTimersByTime(100);
  expect([queue.size, queue.take(), calls]).toEqual([0, undefined, 1]);
});

test('keeps the order of many that are due at once, while others become due', () => {
  const queue = new RetryQueue<number>(() => {});
  const count = 1_000;
  for (let item = 0; item < count; item += 1) {
    queue.add(item, item < count / 2 ? 10 : 20);
  }
  vi.advanceTimersByTime(10);
  const taken = Array.from({ length: 300 }, () => queue.take());
  expect(queue.size).toBe(count - 300);
  vi.advanceTimersByTime(10);
  taken.push(...Array.from({ length: 600 }, () => queue.take()), ...queue.drain());
  expect(taken).toEqual(Array.from({ length: count }, (_unused, item) => item));
  expect(queue.size).toBe(0);
});
