import { expect, test } from 'vitest';
import { ToldOutage } from '../../src/runtime/told-outage.ts';

test('tells an outage once, and its end once', async () => {
  const told: string[] = [];
  const stop = new AbortController();
  stop.abort();
  const outage = new ToldOutage({ notice: (text) => told.push(text), signal: stop.signal });
  outage.passed();
  await outage.wait('The store is away.');
  await outage.wait('It is still away');
  outage.passed();
  outage.passed();
  await outage.wait('Away again');
  expect(told).toEqual([
    'The store is away. Retrying until it answers again.',
    'Reading goes on.',
    'Away again. Retrying until it answers again.',
  ]);
});
