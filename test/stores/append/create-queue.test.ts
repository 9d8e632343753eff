import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createQueue, createStandingQueue } from '../../../src/stores/append/create-queue.ts';
import { defaultLaneSettings } from '../../../src/stores/append/lane-store.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { enqueue } from '../../support/queued-records.ts';

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

test('fails what waits each time that its circuit opens, and tells each change once', async () => {
  const clock = createFakeClock();
  const calls: string[] = [];
  const queue = createQueue({
    topic: 'events',
    partition: 3,
    name: 'Partition 3 of events',
    settings: defaultLaneSettings,
    clock,
    onOpen: () => calls.push('open'),
    onStop: (cause) => calls.push(`stopped: ${cause}`),
    onRecover: () => calls.push('recovered'),
    onChange: () => undefined,
  });
  const append = enqueue(queue, ['a']);
  queue.problem = 'NOT_ENOUGH_REPLICAS (19)';
  queue.circuit.trip();
  await expect(append.promise).rejects.toThrow('Partition 3 of events takes no records.');
  clock.advance(queue.circuit.trialInMs());
  queue.circuit.admitTrial();
  queue.circuit.failure(clock.now());
  clock.advance(queue.circuit.trialInMs());
  queue.circuit.admitTrial();
  queue.circuit.success();
  expect(calls).toEqual(['open', 'stopped: NOT_ENOUGH_REPLICAS (19)', 'open', 'recovered']);
});
