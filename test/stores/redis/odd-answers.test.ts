import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { createRedisConfig, startRedisSink } from '../../support/redis/redis-sink.ts';
import { sendAnswer, startRespServer, toBulk } from '../../support/redis/resp-server.ts';
import { waitUntil } from '../../support/wait-until.ts';

async function setUp() {
  const server = await startRespServer();
  onTestFinished(() => server.close());
  const tested = startRedisSink(createRedisConfig(server.url));
  const append = (budgetMs: number) =>
    tested.sink.append([createRecord('events', 'a')], systemClock.now() + budgetMs);
  await tested.started;
  return { server, append, ...tested };
}

const answers = {
  WAITAOF: ['*2\r\n$1\r\n1\r\n$1\r\n0\r\n', '*3\r\n:1\r\n:0\r\n:0\r\n', '*-1\r\n', ':1\r\n', '+OK\r\n'],
  XADD: ['$-1\r\n', ':1\r\n', '+OK\r\n', ...['', '-1-1', '1-1-1', '1e3-0'].map(toBulk)],
} as const;

test.each(['WAITAOF', 'XADD'] as const)(
  'an answer to %s that is none stores nothing, and records are taken again afterwards',
  async (command) => {
    await Promise.all(answers[command].map((bytes) => refuse(command, bytes)));
  },
  60_000,
);

async function refuse(command: string, bytes: string): Promise<void> {
  const { server, append, sink } = await setUp();
  server.answer = (next) => sendAnswer(next.args[0] === command ? { ...next, bytes } : next);
  await expect(append(700), bytes).rejects.toThrow();
  server.answer = sendAnswer;
  await waitUntil(async () => (await append(1_000).catch(() => undefined)) !== undefined, {
    timeoutMs: 30_000,
    what: `records are taken again after ${bytes}`,
  });
  expect(sink.health().up).toBe(true);
}
