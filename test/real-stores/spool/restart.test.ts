import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
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

/** Number of seconds until a delivery gets a 200 response. */
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
