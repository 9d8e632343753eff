import { expect, test } from 'vitest';
import { fuzzBodies } from './fuzz-bodies.ts';

test('signed bodies of every odd kind become the records that docs/records.md says', async () => {
  const seed = Math.floor(Math.random() * 1e6);
  const { events, deadLetters } = await fuzzBodies({ seed, isEnough: (bodies) => bodies === 1_000 });
  expect(events).toBeGreaterThan(100);
  const reasons = ['not_json', 'not_object', 'not_utf8', 'no_key'];
  expect([...deadLetters.keys()]).toEqual(expect.arrayContaining(reasons));
});
