import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { toJournalLine } from '../../../src/stores/journal/journal-line.ts';
import { delivery } from '../../support/http-text.ts';
import { sendRaw } from '../../support/raw-request.ts';
import { readSpool, spoolBytes, spoolProblem } from '../../support/read-spool.ts';
import { type ReceiverProcess, startListeningProcess } from '../../support/receiver-process.ts';
import { readStoredRecords } from '../../support/redis/redis-probe.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { createSmallDisk } from '../../support/small-disk.ts';
import { temporaryDirectory, testSecret } from '../../support/test-receiver.ts';

/** Starts a Redis server, and a receiver whose spool is on a disk of its own. */
async function setUp() {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  const disk = await createSmallDisk(temporaryDirectory(), 8);
  onTestFinished(() => disk.close());
  const env = {
    REDIS_URL: server.url,
    SPOOL_DIR: join(disk.directory, 'spool'),
    SPOOL_MAX_BYTES: '4194304',
    MAX_BODY_BYTES: '1048576',
    WEBHOOK_SECRET: testSecret,
  };
  return {
    server,
    disk,
    start: () => startListeningProcess(env, undefined, disk.enter),
    async storedIds(): Promise<string[]> {
      const probe = await server.connect();
      const records = await readStoredRecords(probe, 'comapi.events');
      probe.close();
      return records.map(({ value }) => JSON.parse(String(value)).eventId as string);
    },
  };
}

const post = async ({ url }: ReceiverProcess, id: string) =>
  (await sendRaw(url, delivery(`{"eventId":"${id}","payload":{"messageId":"m"}}`))).status;
const readiness = async ({ managementUrl }: ReceiverProcess) => fetch(`${managementUrl}/readyz?verbose`);

async function expectServing(receiver: ReceiverProcess, id: string): Promise<void> {
  await expect.poll(async () => (await readiness(receiver)).ok).toBe(true);
  expect(await post(receiver, id)).toBe(200);
}

async function end(receiver: ReceiverProcess): Promise<void> {
  receiver.child.kill('SIGTERM');
  expect(await receiver.exited).toBe(0);
}

test('on a disk that is read-only a receiver starts without its spool, and opens it when it can be written', async () => {
  const { disk, start, storedIds } = await setUp();
  const remount = (mode: 'ro' | 'rw') => {
    const [command, ...args] = [...disk.enter, 'mount', '-o', `remount,${mode}`, disk.directory];
    execFileSync(command, args);
  };
  mkdirSync(join(disk.outsideDirectory, 'spool'));
  remount('ro');
  const receiver = await start();
  await expectServing(receiver, 'read-only');
  await expect.poll(() => spoolProblem(receiver)).toMatch(/read-only \(EROFS\)/);
  await expect.poll(() => receiver.stderr()).toContain('the spool cannot be opened');
  remount('rw');
  await expect.poll(() => spoolProblem(receiver)).toBeUndefined();
  await expectServing(receiver, 'writable');
  expect(await storedIds()).toEqual(['read-only', 'writable']);
  await end(receiver);
});

test('on a full disk what is in the spool is drained, deliveries hear 503 while the store is unavailable too, and none is lost', async () => {
  const { server, disk, start, storedIds } = await setUp();
  const spool = join(disk.outsideDirectory, 'spool');
  mkdirSync(spool);
  const line = (id: string) =>
    toJournalLine({
      topic: 'comapi.events',
      key: id,
      value: Buffer.from(`{"eventId":"${id}"}`),
      headers: { ce_id: id },
    });
  writeFileSync(join(spool, '0000000001-00000000.jsonl'), line('one') + line('two'));
  writeFileSync(join(spool, '0000000002-00000000.jsonl'), line('three'));
  await disk.fill();

  const receiver = await start();
  await expect.poll(async () => new Set(await storedIds())).toEqual(new Set(['one', 'two', 'three']));
  await expect.poll(() => spoolBytes(receiver)).toBe(0);
  await server.kill9();
  // The drained spool left free space for a few events, so the disk is filled again.
  await disk.fill();
  expect(await post(receiver, 'refused')).toBe(503);
  expect((await readSpool(receiver)).problem).toContain('disk');
  await disk.makeRoom();
  await expect.poll(() => post(receiver, 'four')).toBe(200);
  await server.start();
  await expect.poll(() => spoolBytes(receiver)).toBe(0);
  expect(await storedIds()).toContain('four');
  await expectServing(receiver, 'five');
  await end(receiver);
});
