import { expect, test } from 'vitest';
import { Backoff } from '../../src/runtime/backoff.ts';

test('doubles each wait up to the last one, and begins again after a reset', () => {
  const backoff = new Backoff({ first: 50, last: 300 });
  expect(Array.from({ length: 5 }, () => backoff.next())).toEqual([50, 100, 200, 300, 300]);
  backoff.reset();
  expect(backoff.next()).toBe(50);
});
