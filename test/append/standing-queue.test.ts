import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { defaultLaneSettings } from '../../src/append/lane-store.ts';
import { createStandingQueue } from '../../src/append/standing-queue.ts';
import { systemClock } from '../../src/runtime/clock.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a trial is let through although the timer came a millisecond before its time', async () => {
  let lateMs = 0;
  const { queue, close } = createStandingQueue({
    topic: 'events',
    partition: 0,
    name: 'events.0',
    settings: defaultLaneSettings,
    clock: { ...systemClock, now: () => systemClock.now() - lateMs },
    onStop: () => undefined,
    onRecover: () => undefined,
    onChange: () => undefined,
  });
  queue.circuit.trip();
  lateMs = 1;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(queue.circuit.state()).toBe('half_open');
  close();
  expect(vi.getTimerCount()).toBe(0);
});
