import { expect, test } from 'vitest';
import { explainNoStream } from '../../../src/stores/redis/find-streams.ts';
import type { Command, Reply } from '../../../src/stores/redis/redis-client.ts';

test('a stream that is like the one that is absent is looked for on all pages of keys', async () => {
  const pages: Readonly<Record<string, Reply>> = {
    '0': ['7', ['other']],
    '7': ['9', []],
    '9': ['0', ['comapi.events.0', 'comapi.events.1']],
  };
  const call = async ([command, cursor]: Command) =>
    command === 'SCAN' ? (pages[String(cursor)] ?? null) : 0;
  expect(await explainNoStream({ call }, 'comapi.evnts', 1)).toMatch(
    /^there is no stream comapi\.evnts: did you mean comapi\.events\?/,
  );
});
