import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type ContainerReceiver, startContainerReceiver } from '../../support/container-process.ts';
import { delivery } from '../../support/http-text.ts';
import { sendRaw } from '../../support/raw-request.ts';
import { readStoredRecords } from '../../support/redis/redis-probe.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { temporaryDirectory, testSecret } from '../../support/test-receiver.ts';

async function setUp() {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  const spool = temporaryDirectory();
  const env = {
    ...{ REDIS_URL: server.url, SPOOL_DIR: spool, WEBHOOK_SECRET: testSecret },
    ...{ BODY_TIMEOUT_MS: '500', REQUEST_BUDGET_MS: '2000' },
  };
  return {
    server,
    start: () => startContainerReceiver(env),
    /** As if the process that had the directory had been in another pod: nothing can be asked of it. */
    moveHolderAway() {
      const [pid, startTime, , host] = readFileSync(join(spool, 'lock'), 'utf8').split(' ');
      writeFileSync(join(spool, 'lock'), [pid, startTime, 'elsewhere', host, 'elsewhere', 'name'].join(' '));
    },
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

test('after kill -9 a container of the same pod has the spool at once', async () => {
  const { server, start, storedIds } = await setUp();
  const first = await start();
  await expect.poll(() => first.sinkDetail()).toBe('');
  expect(await post(first, 'one')).toBe(200);
  await server.kill9();
  await expect.poll(() => post(first, 'two')).toBe(200);
  await first.kill9();
  await server.start();

  const second = await start();
  expect(await secondsUntilStored(second, 'three')).toBeLessThan(5);
  await expect.poll(() => second.sinkDetail()).toBe('');
  const ids = await storedIds();
  expect(ids.indexOf('three')).toBe(ids.length - 1);
  expect(new Set(ids)).toEqual(new Set(['one', 'two', 'three']));
  expect(second.stderr()).not.toContain('the spool cannot be opened');
});

test('while a spool that holds nothing is awaited, the store takes events', async () => {
  const { start, storedIds, moveHolderAway } = await setUp();
  const first = await start();
  await expect.poll(() => first.sinkDetail()).toBe('');
  expect(await post(first, 'one')).toBe(200);
  await first.kill9();
  moveHolderAway();

  const second = await start();
  expect(await secondsUntilStored(second, 'two')).toBeLessThan(5);
  expect(await second.sinkDetail()).toContain('the spool is not open');
  expect(await storedIds()).toEqual(['one', 'two']);
  await expect.poll(() => second.sinkDetail()).toBe('');
});

test('while a spool that holds something is awaited, deliveries hear 503, and nothing is overtaken', async () => {
  const { server, start, storedIds, moveHolderAway } = await setUp();
  const first = await start();
  await expect.poll(() => first.sinkDetail()).toBe('');
  await server.kill9();
  await expect.poll(() => post(first, 'one')).toBe(200);
  await first.kill9();
  moveHolderAway();
  await server.start();

  const second = await start();
  expect(await post(second, 'early')).toBe(503);
  expect(await second.ready()).toBe(false);
  expect(await secondsUntilStored(second, 'two')).toBeLessThan(20);
  await expect.poll(() => second.sinkDetail()).toBe('');
  expect(new Set(await storedIds())).toEqual(new Set(['one', 'two']));
  expect((await storedIds())[0]).toBe('one');
});
