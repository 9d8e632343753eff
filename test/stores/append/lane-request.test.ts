import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { awaitAnswer } from '../../../src/stores/append/lane-request.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const giveUpMs = 10_000;

/** Asks, and tells what came of it. */
function ask(sent: Promise<unknown>, isPaused = () => false) {
  const told = { outcome: undefined as unknown };
  void (async () => {
    told.outcome = await awaitAnswer(sent, { giveUpMs, isPaused }).catch((error: unknown) => error);
  })();
  return told;
}

const never = () => new Promise<never>(() => {});

test('the outcome of the request is the outcome, and leaves no timer', async () => {
  const own = new Error('own');
  const told = [ask(Promise.resolve('stored')), ask(Promise.reject(own))];
  await vi.advanceTimersByTimeAsync(0);
  expect(told.map(({ outcome }) => outcome)).toEqual(['stored', own]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a request without an answer is given up', async () => {
  const told = ask(never());
  await vi.advanceTimersByTimeAsync(giveUpMs - 1);
  expect(told.outcome).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(told.outcome).toEqual(new Error('there was no answer after 10000 ms'));
});

test('a store that asked for a pause is waited for, and its answer counts', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const told = ask(promise, () => true);
  await vi.advanceTimersByTimeAsync(6 * giveUpMs);
  expect(told.outcome).toBeUndefined();
  resolve('stored');
  await vi.advanceTimersByTimeAsync(0);
  expect(told.outcome).toBe('stored');
});

test('a pause without an end is given up, too', async () => {
  const told = ask(never(), () => true);
  await vi.advanceTimersByTimeAsync(299_999);
  expect(told.outcome).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(told.outcome).toBeInstanceOf(Error);
});
