import { expect, test } from 'vitest';
import { createConfirmation } from '../../../src/kafka/filter/confirmation.ts';

test('who waits hears of the next confirmation, not of an earlier one', async () => {
  const confirmation = createConfirmation();
  expect(confirmation.ageMs()).toBe(Number.POSITIVE_INFINITY);
  confirmation.confirm();
  expect(confirmation.ageMs()).toBeLessThan(1000);
  let heard = 0;
  const { signal } = new AbortController();
  const waiting = [confirmation.next(signal), confirmation.next(signal)].map(async (next) => {
    await next;
    heard += 1;
  });
  await Promise.resolve();
  expect(heard).toBe(0);
  confirmation.confirm();
  await Promise.all(waiting);
  expect(heard).toBe(2);
});

test('who gives up gets the reason, before and while waiting', async () => {
  const confirmation = createConfirmation();
  const stopped = new AbortController();
  const waiting = confirmation.next(stopped.signal);
  stopped.abort(new Error('released'));
  await expect(waiting).rejects.toThrow('released');
  await expect(confirmation.next(stopped.signal)).rejects.toThrow('released');
});
