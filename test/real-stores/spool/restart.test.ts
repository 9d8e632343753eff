import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { toJournalLine } from '../../../src/stores/journal/journal-line.ts';
import { type ContainerReceiver, startContainerReceiver } from '../../support/container-process.ts';
import { delivery } from '../../support/http-text.ts';
import { sendRaw } from '../../support/raw-request.ts';
import { spoolBytes, spoolProblem } from '../../support/read-spool.ts';
import { readStoredRecords } from '../../support/redis/redis-probe.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { temporaryDirectory, testSecret } from '../../support/test-receiver.ts';

async function setUp() {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  const spool = temporaryDirectory();
  const env = {
    ...{ REDIS_URL: server.url, SPOOL_DIR: spool, WEBHOOK_SECRET: testSecret },
    REQUEST_BUDGET_MS: '2000',
  };
  return {
    server,
    spool,
    start: () => startContainerReceiver(env),
    async storedIds(): Promise<string[]> {
      const connection = await server.connect();
      const records = await readStoredRecords(connection, 'comapi.events');
      connection.close();
      return records.map(({ value }) => JSON.parse(String(value)).eventId as string);
    },
  };
}

const post = async ({ url }: ContainerReceiver, id: string) =>
  (await sendRaw(url, delivery(`{"eventId":"${id}","payload":{"messageId":"m"}}`))).status;

/** Seconds until a delivery hears 200. */
async function secondsUntilStored(receiver: ContainerReceiver, id: string): Promise<number> {
  const before = performance.now();
  while ((await post(receiver, id)) !== 200) {
    await delay(50);
  }
  return (performance.now() - before) / 1_000;
}

test('after kill -9 the store takes events while the spool is awaited, and what is in it is stored once it is open', async () => {
  const { server, start, storedIds } = await setUp();
  const first = await start();
  await expect.poll(() => spoolProblem(first)).toBeUndefined();
  await server.kill9();
  await expect.poll(() => post(first, 'one')).toBe(200);
  await first.kill9();
  await server.start();

  const second = await start();
  expect(await secondsUntilStored(second, 'two')).toBeLessThan(5);
  expect(await spoolProblem(second)).toBe('the spool is not open yet');
  expect(await storedIds()).toEqual(['two']);
  await expect.poll(() => spoolProblem(second)).toBeUndefined();
  await expect.poll(() => spoolBytes(second)).toBe(0);
  expect(new Set(await storedIds())).toEqual(new Set(['one', 'two']));
  expect(await post(second, 'three')).toBe(200);
});

test('a spool of the version before is drained, dead letters in its lines and a note of another form or not', async () => {
  const { spool, start, storedIds } = await setUp();
  const line = (id: string, deadLetter?: unknown) => {
    const text = toJournalLine({
      topic: 'comapi.events',
      key: id,
      value: Buffer.from(`{"eventId":"${id}"}`),
      headers: { ce_id: id },
    });
    return deadLetter === undefined
      ? text
      : text.replace(/}\n$/, `,"deadLetter":${JSON.stringify(deadLetter)}}\n`);
  };
  const letter = { topic: 'comapi.events.dead-letter', headers: { webhook: 'default', 'batch-index': '0' } };
  const name = '0000000007-0a1b2c3d.jsonl';
  writeFileSync(join(spool, name), line('one') + line('two', letter) + line('three', letter));
  const rest = { segment: name, offset: line('one').length };
  writeFileSync(join(spool, 'drained.json'), `${JSON.stringify({ rest, leftBehind: [] })}\n`);

  const receiver = await start();
  await expect.poll(() => spoolProblem(receiver)).toBeUndefined();
  await expect.poll(() => spoolBytes(receiver)).toBe(0);
  // The note says nothing to this version: what was drained before comes again.
  expect(new Set(await storedIds())).toEqual(new Set(['one', 'two', 'three']));
  expect(readdirSync(spool).filter((each) => each.endsWith('.damaged'))).toEqual([]);
  await expect.poll(() => post(receiver, 'four')).toBe(200);
});
