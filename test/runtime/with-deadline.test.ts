import { expect, test, vi } from 'vitest';
import { withDeadline } from '../../src/runtime/with-deadline.ts';
import { useFakeTimers } from '../support/fake-timers.ts';

useFakeTimers();

const toLate = () => new Error('late');

test("the promise's own outcome comes first, and leaves no timer behind", async () => {
  expect(await withDeadline(Promise.resolve(7), 100, toLate)).toBe(7);
  await expect(withDeadline(Promise.reject(new Error('own')), 100, toLate)).rejects.toThrow('own');
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('after the time the error comes, not before', async () => {
  let error: unknown;
  withDeadline(new Promise(() => {}), 100, toLate).catch((given: unknown) => {
    error = given;
  });
  await vi.advanceTimersByTimeAsync(99);
  expect(error).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(error).toEqual(toLate());
});

test('the error is made when the time is over: it may tell what is known by then', async () => {
  let known = 'nothing';
  const failed = expect(withDeadline(new Promise(() => {}), 100, () => new Error(known))).rejects.toThrow(
    'the end',
  );
  known = 'the end';
  await vi.advanceTimersByTimeAsync(100);
  await failed;
});

// vitest would report an unhandled rejection as a failure of the run.
test('an outcome that comes late is dropped', async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  const failed = expect(withDeadline(promise, 100, toLate)).rejects.toThrow('late');
  await vi.advanceTimersByTimeAsync(100);
  await failed;
  reject(new Error('own'));
  await vi.advanceTimersByTimeAsync(0);
  await expect(promise).rejects.toThrow('own');
});
