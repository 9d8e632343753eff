import { describe, expect, it, test, vi } from 'vitest';
import { systemClock } from '../../../../../src/runtime/clock.ts';
import { createThrottle, withTimeout } from '../../../../../src/stores/kafka/cluster/kafkajs/throttle.ts';
import { useFakeTimers } from '../../../../support/fake-timers.ts';

useFakeTimers();

function isSettled(promise: Promise<unknown>): () => boolean {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  void promise.then(settle, settle);
  return () => settled;
}

describe('throttle', () => {
  it('holds back for as long as the longest answer has asked', async () => {
    const throttle = createThrottle();
    throttle.extend(0);
    throttle.extend(-1);
    expect(throttle.until()).toBe(0);
    await throttle.whenOver();
    throttle.extend(2000);
    const passed = isSettled(throttle.whenOver());
    await vi.advanceTimersByTimeAsync(1000);
    throttle.extend(3000);
    throttle.extend(10);
    expect(throttle.until()).toBe(systemClock.now() + 3000);
    await vi.advanceTimersByTimeAsync(2999);
    expect(passed()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(passed()).toBe(true);
  });

  it('lets everybody go when the connection ends', async () => {
    const throttle = createThrottle();
    throttle.extend(60_000);
    const waiting = [isSettled(throttle.whenOver()), isSettled(throttle.whenOver())];
    throttle.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(waiting.map((each) => each())).toEqual([true, true]);
    expect(vi.getTimerCount()).toBe(0);
  });
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
  const outcome = withTimeout(never(), 100, 'the response', notHeld).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(100);
  expect(await outcome).toMatchObject({
    reason: 'timeout',
    message: 'the response took longer than 100 ms',
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
