import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { partitionFor } from '../../../src/stores/append/partition-for.ts';
import { appendRecords, keysOf, toEventRecord } from '../../support/append-records.ts';
import { type RedisServer, startRedisServer } from '../../support/redis/redis-server.ts';
import { launchCommand, runCommand } from '../../support/run-command.ts';

let server: RedisServer;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startRedisServer();
  env = { REDIS_URL: server.url, REDIS_STREAM_COUNT: '3' };
});

beforeEach(async () => {
  await server.ask('FLUSHALL');
});

afterAll(() => server.stop());

const show = async (...args: string[]) => {
  const { stdout } = await runCommand(['tail', '--no-follow', ...args], env);
  return keysOf(stdout).toSorted();
};

describe('tail on Redis', () => {
  test('leaves nothing behind on the server', async () => {
    await appendRecords(env, [toEventRecord('a', 1)]);
    const before = await server.ask('KEYS', '*');
    await show();
    expect(await server.ask('KEYS', '*')).toEqual(before);
    expect(await server.ask('XINFO', 'GROUPS', (before as string[])[0] ?? '')).toEqual([]);
  });
});

describe('a stream that is not there', () => {
  const other = (given: Readonly<Record<string, string>>) => ({ ...env, ...given });

  test('is refused by the name of its variable, so that a mistyped one is not an empty topic', async () => {
    await appendRecords(env, [toEventRecord('m-1', 1), toEventRecord('m-2', 1), toEventRecord('m-3', 1)]);
    const mistyped = other({ REDIS_STREAM: 'comapi.evnts', REDIS_STREAM_COUNT: '1' });
    const { code, stderr } = await runCommand(['tail', '--no-follow'], mistyped);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(
        'the stream comapi.evnts does not exist: did you mean comapi.events? If not, check REDIS_STREAM, TOPIC_RULES or WEBHOOKS_FILE. A stream does not exist until its first record is stored',
      ),
    ]);
    const found = await runCommand(['find', 'm-1'], mistyped);
    expect([found.code, found.stdout]).toEqual([
      2,
      expect.stringContaining('the stream comapi.evnts does not exist'),
    ]);
    const following = launchCommand(['tail'], mistyped);
    onTestFinished(() => following.interrupt());
    await expect.poll(following.stderr).toContain('the stream comapi.evnts does not exist');
  });

  test('shows that the number of streams is wrong, and looks into all that are there', async () => {
    await appendRecords(
      env,
      Array.from({ length: 20 }, (_, index) => toEventRecord(`k-${index}`, 1)),
    );
    const one = await runCommand(['find', 'k-1'], other({ REDIS_STREAM_COUNT: '1' }));
    expect([one.code, one.stdout]).toEqual([
      2,
      expect.stringContaining(
        'the stream comapi.events does not exist, but the stream comapi.events.0 exists: REDIS_STREAM_COUNT is 1 here and has another value on the receiver',
      ),
    ]);
    for (const count of ['2', '16']) {
      for (const key of ['k-1', 'k-2', 'k-3', 'k-4', 'k-5']) {
        const { code, stdout } = await runCommand(['find', key], other({ REDIS_STREAM_COUNT: count }));
        expect([count, code, stdout]).toEqual([
          count,
          0,
          expect.stringContaining(`${key}: the latest event is message.sent r1`),
        ]);
      }
    }
    const moved = ['k-1', 'k-2', 'k-3', 'k-4', 'k-5'].find(
      (key) => partitionFor(key, 3) !== partitionFor(key, 4),
    );
    await appendRecords(other({ REDIS_STREAM_COUNT: '4' }), [toEventRecord(moved ?? '', 2)]);
    const both = await runCommand(['find', moved ?? '', '--json'], other({ REDIS_STREAM_COUNT: '4' }));
    expect(JSON.parse(both.stdout).events).toMatchObject([{ revision: '1' }, { revision: '2' }]);
    await server.ask('FLUSHALL');
    await appendRecords(other({ REDIS_STREAM_COUNT: '1' }), [toEventRecord('m-1', 1)]);
    const { code, stdout } = await runCommand(['find', 'm-1'], env);
    expect([code, stdout]).toEqual([
      2,
      expect.stringContaining(
        'none of the streams comapi.events.0 to comapi.events.2 exists, but the stream comapi.events exists:',
      ),
    ]);
  });
});
