import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

function writeKeys(text: string | Buffer): string {
  const file = join(temporaryDirectory(), 'keys.txt');
  writeFileSync(file, text);
  return file;
}

const manyKeys = Array.from({ length: 100_001 }, (_, index) => `k-${index}`).join('\n');

const run = (args: readonly string[]) =>
  runCommand(['forget', '--yes', ...args], { KAFKA_BROKERS: '127.0.0.1:1' });

test.each([
  [[], 'give the keys whose states are erased, or --keys-file'],
  [[''], 'the key is empty, has more than 512 characters or a control character'],
  [['a', 'x'.repeat(513)], 'the key is empty, has more than 512'],
  [['--keys-file', '/nowhere/keys.txt'], 'the file /nowhere/keys.txt cannot be read: ENOENT'],
  [['--keys-file', '/tmp'], 'the file /tmp cannot be read: EISDIR'],
])('forget %j exits with 2', async (args, sentence) => {
  expect(await run(args)).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(sentence) });
});

test.each([
  ['a\n\nb\u0007\n', '--keys-file: line 3 is empty, has more than 512'],
  ['\n', 'give the keys'],
  [manyKeys, 'these are 100001 keys: give at most 100000 at once'],
  [Buffer.alloc(64 * 2 ** 20 + 1), 'has more than 67108864 bytes'],
])('a file without usable keys exits with 2: %#', async (text, sentence) => {
  const { code, stderr } = await run(['--keys-file', writeKeys(text)]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
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
