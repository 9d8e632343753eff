import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { RedisConfig } from '../../../src/config/redis-config.ts';
import { openRedis, withRedis } from '../../../src/stores/redis/open-redis.ts';
import type { RedisClient, RedisReply } from '../../../src/stores/redis/redis-client.ts';
import { createRedisConfig } from '../../support/redis/redis-sink.ts';
import { type NextAnswer, sendAnswer, startRespServer } from '../../support/redis/resp-server.ts';

type Work = (client: RedisClient) => Promise<RedisReply>;

test.each([
  [5_000, 'a piece of work', withRedis<RedisReply>],
  [10_000, 'a reading', async (config: RedisConfig, work: Work) => work(await openRedis(config))],
])('%i ms without an answer end %s, and no time without a question', async (timeoutMs, _what, run) => {
  const server = await startRespServer();
  onTestFinished(() => server.close());
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const config = createRedisConfig(server.url);
  const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const held: NextAnswer[] = [];
  const ends: unknown[] = [];
  const working = run(config, async ({ call }) => {
    await call(['XLEN', 'events']);
    vi.advanceTimersByTime(60_000);
    server.answer = (next) => (held.push(next) === 2 ? asked.resolve() : undefined);
    const [first, second] = [call(['XLEN', 'events']), call(['XLEN', 'events'])];
    await first;
    answered.resolve();
    return second;
  }).catch((error: unknown) => ends.push(error));
  await asked.promise;
  vi.advanceTimersByTime(timeoutMs - 1_000);
  sendAnswer(held[0] as NextAnswer);
  await answered.promise;
  vi.advanceTimersByTime(timeoutMs - 1_000);
  await setImmediate();
  expect(ends).toEqual([]);
  vi.advanceTimersByTime(2_000);
  await working;
  expect(ends).toMatchObject([
    { kind: 'timeout', message: `the server did not respond within ${timeoutMs} ms` },
  ]);
  server.answer = sendAnswer;
  expect(await withRedis(config, ({ call }) => call(['XLEN', 'events']))).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});
