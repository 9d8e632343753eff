import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const run = (args: readonly string[]) =>
  runCommand(['forget', '--yes', ...args], { KAFKA_BROKERS: '127.0.0.1:1' });

test.each([
  [[], "missing required argument 'key'"],
  [[''], 'a key is empty, has more than 512 characters or a control character'],
  [['a', 'x'.repeat(513)], 'a key is empty, has more than 512'],
  [['a', 'b\u0007'], 'a key is empty, has more than 512'],
])('forget %j exits with 2', async (args, sentence) => {
  expect(await run(args)).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(sentence) });
});

test('a journal, RabbitMQ and Redis have nothing that the command could erase, and nobody is asked', async () => {
  const dataDir = temporaryDirectory();
  mkdirSync(join(dataDir, 'journal'));
  const journal = await runCommand(['forget', 'm-1'], { DATA_DIR: dataDir });
  expect([journal.code, journal.stderr]).toEqual([
    2,
    expect.stringContaining(`no command takes lines out of ${dataDir}. docs/personal-data.md shows how`),
  ]);
  const queue = await runCommand(['forget', 'm-1'], { RABBITMQ_URL: 'amqp://127.0.0.1:1' });
  expect([queue.code, queue.stderr]).toEqual([2, expect.stringContaining('RabbitMQ has no latest states')]);
  const stream = await runCommand(['forget', 'm-1'], { REDIS_URL: 'redis://127.0.0.1:1' });
  expect([stream.code, stream.stderr]).toEqual([2, expect.stringContaining('Redis has no latest states')]);
});
