import { expect, test } from 'vitest';
import { explainMissingStream, findOtherStreams } from '../../../src/stores/redis/find-streams.ts';
import type { RedisCommand, RedisReply } from '../../../src/stores/redis/redis-client.ts';
import { RedisError, type RedisErrorKind } from '../../../src/stores/redis/redis-error.ts';

/** Starts a server with these streams. Commands for some names fail. The first SCAN has the cursor `0`. */
function createServer(streams: readonly string[], failing: Readonly<Record<string, RedisErrorKind>> = {}) {
  const call = async ([, name = '']: RedisCommand) => {
    const kind = failing[String(name)];
    if (kind !== undefined) {
      throw new RedisError(kind, 'it fails');
    }
    return streams.includes(String(name)) ? 1 : 0;
  };
  return { call };
}

test('a stream that is like the one that is absent is looked for on all pages of keys', async () => {
  const pages: Readonly<Record<string, RedisReply>> = {
    '0': ['7', ['other']],
    '7': ['9', []],
    '9': ['0', ['comapi.events.0', 'comapi.events.1']],
  };
  const call = async ([command, cursor]: RedisCommand) =>
    command === 'SCAN' ? (pages[String(cursor)] ?? null) : 0;
  expect(await explainMissingStream({ call }, 'comapi.evnts', 1)).toMatch(
    /^the stream comapi\.evnts does not exist: did you mean comapi\.events\?/,
  );
});

test('no more than 20,000 keys are looked at', async () => {
  let keys = 0;
  const call = async ([command, , , count]: RedisCommand) => {
    keys += command === 'SCAN' ? Number(count) : 0;
    return command === 'SCAN' ? ['7', []] : 0;
  };
  expect(await explainMissingStream({ call }, 'e', 1)).toMatch(
    /^the stream e does not exist: check REDIS_STREAM/,
  );
  expect(keys).toBe(20_000);
});

test.each<[streams: string[], count: number, other: string[]]>([
  [['e.0', 'e.1', 'e.3'], 1, ['e.0', 'e.1']],
  [['e', 'e.0', 'e.1', 'e.2', 'e.3'], 2, ['e', 'e.2', 'e.3']],
  [['e'], 1, []],
  [['e.0', 'e.1'], 2, []],
])('of %j a topic with %i streams has others: %j', async (streams, count, other) => {
  expect(await findOtherStreams(createServer(streams), 'e', count)).toEqual(other);
});

test('a topic has no stream only where each is seen not to be there', async () => {
  expect(await explainMissingStream(createServer(['e.1']), 'e', 2)).toBeUndefined();
  expect(await explainMissingStream(createServer([], { 'e.1': 'rights' }), 'e', 2)).toBeUndefined();
  expect(await explainMissingStream(createServer(['e.2'], { e: 'rights' }), 'e', 2)).toBe(
    'none of the streams e.0 to e.1 exists, but the stream e.2 exists: REDIS_STREAM_COUNT is 2 here and has another value on the receiver',
  );
  expect(await explainMissingStream(createServer([], { '0': 'rights' }), 'e', 1)).toMatch(
    /^the stream e does not exist: /,
  );
  for (const name of ['e', '0']) {
    await expect(explainMissingStream(createServer([], { [name]: 'server' }), 'e', 1)).rejects.toThrow(
      'it fails',
    );
  }
});
