import { expect, test } from 'vitest';
import { RemovedSecrets } from '../../src/observe/secret-watch.ts';
import type { KnownSecrets } from '../../src/webhook/secret.ts';

const known = (values: Readonly<Record<string, string>>): KnownSecrets => ({
  secrets: Object.entries(values).map(([label, value]) => ({ label, value })),
  problems: [],
});
const day = 24 * 3_600_000;

function setUp() {
  let now = 1_000;
  const removed = new RemovedSecrets({ now: () => now, epochMs: () => now });
  const listed = (webhook = 'one') => removed.of(webhook).map(({ label, value }) => [label, value]);
  return { removed, listed, wait: (ms: number) => (now += ms) };
}

test('a secret that is removed or replaced is known for a day, of its own registration', () => {
  const { removed, listed, wait } = setUp();
  removed.remember('one', known({ current: 'a', previous: 'b' }), known({ current: 'c' }));
  expect(listed()).toEqual([
    ['current', 'a'],
    ['previous', 'b'],
  ]);
  expect(listed('two')).toEqual([]);
  wait(day - 1);
  expect(listed()).toHaveLength(2);
  wait(1);
  expect(listed()).toEqual([]);
});

test('one that verifies again, or under another label, is not removed', () => {
  const { removed, listed } = setUp();
  removed.remember('one', known({ current: 'a' }), known({ current: 'b', previous: 'a' }));
  expect(listed()).toEqual([]);
  removed.remember('one', known({ current: 'b', previous: 'a' }), known({ current: 'b' }));
  expect(listed()).toEqual([['previous', 'a']]);
  removed.remember('one', known({ current: 'b' }), known({ current: 'a' }));
  expect(listed()).toEqual([['current', 'b']]);
});

test('only the last few are kept, however often the files change', () => {
  const { removed, listed } = setUp();
  for (let index = 0; index < 10; index += 1) {
    removed.remember('one', known({ current: `${index}` }), known({ current: `${index + 1}` }));
  }
  expect(listed().map(([, value]) => value)).toEqual(['9', '8', '7', '6']);
});
