import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withTimeout } from '../../../src/kafka/kafkajs/with-timeout.ts';
import { systemClock } from '../../../src/runtime/clock.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const notHeld = () => 0;
const never = () => new Promise<never>(() => {});

test("the promise's own outcome comes first, and leaves no timer behind", async () => {
  expect(await withTimeout(Promise.resolve(7), 100, 'the answer', notHeld)).toBe(7);
  const failing = withTimeout(Promise.reject(new Error('own')), 100, 'the answer', notHeld);
  await expect(failing).rejects.toThrow('own');
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('after the time it is a timeout', async () => {
  const outcome = withTimeout(never(), 100, 'the answer', notHeld).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(100);
  expect(await outcome).toMatchObject({
    reason: 'timeout',
    message: 'the answer took longer than 100 ms',
  });
});

test('while the request is held back its time does not run', async () => {
  let heldUntil = 0;
  let outcome: unknown;
  const watched = withTimeout(never(), 100, 'the answer', () => heldUntil).catch((error: unknown) => {
    outcome = error;
  });
  heldUntil = systemClock.now() + 1000;
  await vi.advanceTimersByTimeAsync(1099);
  expect(outcome).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  await watched;
  expect(outcome).toMatchObject({ reason: 'timeout' });
});
