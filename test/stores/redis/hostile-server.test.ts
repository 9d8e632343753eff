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
  WAITAOF: [
    '*2\r\n:-1\r\n:0\r\n',
    '*2\r\n:2\r\n:0\r\n',
    '*2\r\n:9007199254740991\r\n:0\r\n',
    '*2\r\n:1\r\n:-1\r\n',
    '*2\r\n:1\r\n:9007199254740991\r\n',
    '*2\r\n:99999999999999999999\r\n:0\r\n',
    '*2\r\n$1\r\n1\r\n$1\r\n0\r\n',
    '*3\r\n:1\r\n:0\r\n:0\r\n',
    '*2147483647\r\n:1\r\n',
    '*-1\r\n',
    ':1\r\n',
    '+OK\r\n',
  ],
  XADD: [
    '$-1\r\n',
    '$-2\r\n',
    '$9999999999\r\n',
    ':1\r\n',
    '+OK\r\n',
    ...[
      '-1-1',
      '1-1-1',
      '0-0',
      '1e3-0',
      `${'9'.repeat(21)}-1`,
      '18446744073709551616-0',
      '1'.repeat(10_000),
    ].map(toBulk),
  ],
} as const;

test.each(['WAITAOF', 'XADD'] as const)(
  'an answer to %s that cannot be true stores nothing, and records are taken again afterwards',
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

test.each([
  ['one text', '$3000000\r\n'],
  ['a line', '+'],
  ['a list', '*30000\r\n'],
  ['many answers', ''],
])('bytes without an end (%s) end the connection before they fill the memory', async (_, head) => {
  const { server, append } = await setUp();
  const filler = '$64\r\n'.padEnd(71, 'a').concat('\r\n').repeat(1_000);
  const sent: number[] = [];
  server.answer = (next) => {
    if (next.args[0] !== 'XADD') {
      sendAnswer(next);
      return;
    }
    const { socket } = next;
    const index = sent.push(0) - 1;
    const pour = () => {
      while (socket.writable && (sent[index] ?? 0) < 1_000_000_000) {
        sent[index] = (sent[index] ?? 0) + filler.length;
        if (!socket.write(filler, 'latin1')) {
          socket.once('drain', pour);
          return;
        }
      }
    };
    socket.write(head, 'latin1');
    pour();
  };
  await expect(append(700)).rejects.toThrow();
  expect(sent.length).toBeGreaterThan(0);
  // What the answers to one flush may have, and what sockets hold.
  expect(Math.max(...sent)).toBeLessThan(32_000_000);
  server.answer = sendAnswer;
  await waitUntil(async () => (await append(1_000).catch(() => undefined)) !== undefined, {
    timeoutMs: 30_000,
    what: 'records are taken again',
  });
});
