import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { toJournalLine } from '../../../src/stores/journal/journal-line.ts';
import { createSmallDisk } from '../../faults/journal/small-disk.ts';
import { delivery } from '../../support/http-text.ts';
import { sendRaw } from '../../support/raw-request.ts';
import { type ReceiverProcess, startListeningProcess } from '../../support/receiver-process.ts';
import { readStoredRecords } from '../../support/redis/redis-probe.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { temporaryDirectory, testSecret } from '../../support/test-receiver.ts';

/** Redis, and a receiver whose spool is on a disk of its own. */
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

async function spoolMetric({ managementUrl }: ReceiverProcess, name: string): Promise<number> {
  const text = await (await fetch(`${managementUrl}/metrics`)).text();
  return Number(new RegExp(`^comapi_webhook_spool_${name} (.*)$`, 'm').exec(text)?.[1]);
}

async function expectServing(receiver: ReceiverProcess, id: string): Promise<void> {
  await expect.poll(async () => (await readiness(receiver)).ok).toBe(true);
  expect(await post(receiver, id)).toBe(200);
}

async function end(receiver: ReceiverProcess): Promise<void> {
  receiver.child.kill('SIGTERM');
  expect(await receiver.exited).toBe(0);
}

test('with the disk of its spool full a receiver starts, serves and says so, and uses the spool when there is room', async () => {
  const { disk, start, storedIds } = await setUp();
  const before = await start();
  await expectServing(before, 'before');
  await end(before);
  await disk.fill();

  const receiver = await start();
  await expectServing(receiver, 'full');
  expect(await (await readiness(receiver)).text()).toContain('The disk of the spool is full');
  expect(await spoolMetric(receiver, 'up')).toBe(0);
  await disk.makeRoom();
  await expect.poll(() => spoolMetric(receiver, 'up')).toBe(1);
  await expectServing(receiver, 'after');
  expect(await storedIds()).toEqual(['before', 'full', 'after']);
  await end(receiver);
});

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
  expect(await (await readiness(receiver)).text()).toMatch(/the spool is not open: .*read-only \(EROFS\)/);
  await expect.poll(() => receiver.stderr()).toContain('the spool cannot be opened');
  expect(await spoolMetric(receiver, 'up')).toBe(0);
  remount('rw');
  await expect.poll(() => spoolMetric(receiver, 'up')).toBe(1);
  await expectServing(receiver, 'writable');
  expect(await storedIds()).toEqual(['read-only', 'writable']);
  await end(receiver);
});

test('on a full disk a record that has to be set aside holds up nothing behind it, and is set aside when there is room', async () => {
  const { disk, start, storedIds } = await setUp();
  const spool = join(disk.outsideDirectory, 'spool');
  mkdirSync(spool);
  const line = (topic: string, id: string) =>
    toJournalLine({ topic, key: id, value: Buffer.from(`{"eventId":"${id}"}`), headers: { ce_id: id } });
  writeFileSync(join(spool, '0000000001.jsonl'), line('comapi.events', 'one') + line('an.old.queue', 'old'));
  writeFileSync(
    join(spool, '0000000002.jsonl'),
    line('comapi.events', 'two') + line('comapi.events', 'three'),
  );
  await disk.fill();

  const receiver = await start();
  await expect.poll(storedIds).toEqual(['one', 'two', 'three']);
  await expectServing(receiver, 'four');
  expect(await spoolMetric(receiver, 'records')).toBe(0);
  expect(await spoolMetric(receiver, 'set_aside_records')).toBe(1);
  const setAside = join(spool, 'set-aside.jsonl');
  const segments = () => readdirSync(spool).filter((name) => /^\d/.test(name));
  // It stands nowhere else.
  await expect.poll(segments).toEqual(['0000000001.jsonl']);
  await disk.makeRoom();
  await expect.poll(segments).toEqual([]);
  expect(readFileSync(setAside, 'utf8')).toBe(line('an.old.queue', 'old'));
  await end(receiver);
});
