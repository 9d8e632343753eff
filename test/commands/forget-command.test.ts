import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { eraseStates } from '../../src/commands/forget-command.ts';
import type { EraseRequest } from '../../src/ports/state-eraser.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { readWritten } from '../support/written-text.ts';

const run = (args: readonly string[]) =>
  runCommand(['forget', '--yes', ...args], { KAFKA_BROKERS: '127.0.0.1:1' });

test.each([
  [[], "missing required argument 'key'"],
  [[''], 'a key is empty, longer than 512 characters, or contains a control character'],
  [['a', 'x'.repeat(513)], 'a key is empty, longer than 512'],
  [['a', 'b\u0007'], 'a key is empty, longer than 512'],
])('forget %j exits with 2', async (args, sentence) => {
  expect(await run(args)).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(sentence) });
});

test('a journal, RabbitMQ and Redis have nothing that the command could erase, and nobody is asked', async () => {
  const dataDir = temporaryDirectory();
  mkdirSync(join(dataDir, 'journal'));
  const journal = await runCommand(['forget', 'm-1'], { DATA_DIR: dataDir });
  expect([journal.code, journal.stderr]).toEqual([
    2,
    expect.stringContaining(`no command removes lines from ${dataDir}. docs/personal-data.md shows how`),
  ]);
  const queue = await runCommand(['forget', 'm-1'], { RABBITMQ_URL: 'amqp://127.0.0.1:1' });
  expect([queue.code, queue.stderr]).toEqual([2, expect.stringContaining('RabbitMQ has no latest states')]);
  const stream = await runCommand(['forget', 'm-1'], { REDIS_URL: 'redis://127.0.0.1:1' });
  expect([stream.code, stream.stderr]).toEqual([2, expect.stringContaining('Redis has no latest states')]);
});

/** Forgets two keys. The fake store contains two states of the first key and prints a notice. */
async function forgetInStore(flags: { readonly dryRun?: true }, isTTY: boolean, isSkipped = false) {
  const [stdout, stderr] = [Object.assign(new PassThrough(), { isTTY }), new PassThrough()];
  const state = { topic: 'latest', key: 'm-1', storedAtMs: Date.UTC(2026, 0, 1) };
  const store = {
    async *eraseStates({ observer }: EraseRequest) {
      observer.onWarning('A topic keeps more.', isSkipped);
      observer.onWarning('Events stay.');
      yield { ...state, place: 'latest/0/7', name: 'message.sent', revision: '3' };
      yield { ...state, place: 'latest/1/8', name: undefined, revision: undefined };
    },
  };
  const io = { env: {}, stdout, stderr, signals: { on() {} }, exit() {} };
  const place = { store, topics: [] };
  const code = await eraseStates(new Set(['m-1', 'm-9']), { yes: true, ...flags }, place, io);
  return { code, shown: readWritten(stdout), said: readWritten(stderr) };
}

test('each state that was erased is shown, then how many, and the keys that have none', async () => {
  const { code, shown, said } = await forgetInStore({}, false);
  expect(
    shown
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { time: '2026-01-01T00:00:00.000Z', key: 'm-1', revision: '3', place: 'latest/0/7', erased: true },
    { place: 'latest/1/8', erased: true },
  ]);
  expect([code, said]).toEqual([
    0,
    'Erased 2 latest states. No state was found for 1 of 2 keys.\nA topic keeps more.\nEvents stay.\n',
  ]);
});

test('a dry run says what would be erased, on a terminal in lines', async () => {
  const { shown, said } = await forgetInStore({ dryRun: true }, true);
  const time = '2026-01-01T00:00:00.000Z';
  expect(shown).toBe(`${time}  message.sent  m-1  r3  latest/0/7\n${time}  -  m-1  -  latest/1/8\n`);
  expect(said).toMatch(/^Would erase 2 latest states\. No state/);
  expect((await forgetInStore({ dryRun: true }, false)).shown).toContain('"erased":false');
});

test('where not all could be read it is not known that all is erased', async () => {
  const { code, said } = await forgetInStore({}, false, true);
  expect([code, said]).toEqual([
    2,
    'Cannot tell whether these keys have more latest states: A topic keeps more. Erased 2 latest states.\nEvents stay.\n',
  ]);
});
