import { expect, onTestFinished, test } from 'vitest';
import { type AcknowledgedLoad, expectAllStored, startLoad } from '../../support/acknowledged-load.ts';
import { type ContainerReceiver, startContainerReceiver } from '../../support/container-process.ts';
import { spoolBytes, spoolProblem } from '../../support/read-spool.ts';
import { readStoredRecords } from '../../support/redis/redis-probe.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { temporaryDirectory, testSecret } from '../../support/test-receiver.ts';

async function setUp() {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  const env = { REDIS_URL: server.url, SPOOL_DIR: temporaryDirectory(), WEBHOOK_SECRET: testSecret };
  const loads: AcknowledgedLoad[] = [];
  return {
    server,
    loads,
    /** Starts a receiver and sends events to the receiver until the test ends. */
    async start(name: string): Promise<ContainerReceiver> {
      const receiver = await startContainerReceiver(env);
      loads.push(startLoad(name, receiver));
      return receiver;
    },
    /** Waits until 30 more events get a 200 response. */
    async acknowledges(index: number): Promise<void> {
      const before = loads[index]?.acknowledged.length ?? 0;
      await expect.poll(() => loads[index]?.acknowledged.length).toBeGreaterThan(before + 30);
    },
    /** Once the spool is empty, the store must contain every event that got a 200 response. */
    async finish(last: ContainerReceiver): Promise<void> {
      await Promise.all(loads.map((load) => load.stop()));
      await expect.poll(() => spoolProblem(last)).toBeUndefined();
      await expect.poll(() => spoolBytes(last)).toBe(0);
      const probe = await server.connect();
      const records = await readStoredRecords(probe, 'comapi.events');
      probe.close();
      const ids = records.map(({ value }) => JSON.parse(String(value)).eventId as string);
      expectAllStored(ids, loads);
    },
  };
}

test('a container that stood still loses the spool to the second one, and nothing that any of them acknowledged is lost', async () => {
  const { server, start, acknowledges, finish } = await setUp();
  const first = await start('first');
  await acknowledges(0);
  const second = await start('second');
  await server.kill9();
  await acknowledges(0);
  first.freeze();
  await expect.poll(() => spoolProblem(second)).toBeUndefined();
  expect(await spoolBytes(second)).toBeGreaterThan(0);
  await acknowledges(1);
  first.thaw();
  await expect.poll(() => spoolProblem(first)).toMatch(/taken over|in use/);
  await acknowledges(1);
  await server.start();
  await acknowledges(0);
  await finish(second);
});
