import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { withRedis } from '../../../src/stores/redis/open-redis.ts';
import { createRedisConfig } from '../../support/redis/redis-sink.ts';
import { sendAnswer, startRespServer } from '../../support/redis/resp-server.ts';

test('a server that says nothing any more ends the work after its time, and the next one is done', async () => {
  const server = await startRespServer();
  onTestFinished(() => server.close());
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const ask = () => withRedis(createRedisConfig(server.url), ({ call }) => call(['XLEN', 'events']));
  const asked = Promise.withResolvers<void>();
  server.answer = (next) => (next.args[0] === 'XLEN' ? asked.resolve() : sendAnswer(next));
  const ends: unknown[] = [];
  const asking = ask().catch((error: unknown) => ends.push(error));
  await asked.promise;
  vi.advanceTimersByTime(4_000);
  await setImmediate();
  expect(ends).toEqual([]);
  vi.advanceTimersByTime(2_000);
  await asking;
  expect(ends).toMatchObject([{ kind: 'timeout', message: 'no answer within 5000 ms' }]);
  server.answer = sendAnswer;
  expect(await ask()).toBe(1);
});
