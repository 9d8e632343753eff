import { expect, onTestFinished, test } from 'vitest';
import { delivery } from '../../support/http-text.ts';
import { eventOf, indices } from '../../support/large-batch.ts';
import { sendRaw } from '../../support/raw-request.ts';
import { spoolBytes } from '../../support/read-spool.ts';
import { startReceiverProcess } from '../../support/receiver-process.ts';
import { readStoredRecords } from '../../support/redis/redis-probe.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { temporaryDirectory, testSecret } from '../../support/test-receiver.ts';

const batches = 40;
const batchSize = 500;
const mostRepeats = 2_000;

test('of a large spool at most 2,000 records come twice after kill -9, and none is lost', async () => {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  const env = { REDIS_URL: server.url, SPOOL_DIR: temporaryDirectory(), WEBHOOK_SECRET: testSecret };
  const first = await startReceiverProcess(env);
  await server.kill9();
  for (const batch of indices(batches)) {
    const events = indices(batchSize).map((index) => eventOf(batch * batchSize + index));
    expect((await sendRaw(first.url, delivery(`[${events.join(',')}]`))).status).toBe(200);
  }
  await server.start();
  const probe = await server.connect();
  onTestFinished(() => probe.close());
  const total = batches * batchSize;
  const length = async () => Number(await probe.call('XLEN', 'comapi.events'));
  while ((await length()) < total / 4) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  first.child.kill('SIGKILL');
  await first.exited;
  expect(await length()).toBeLessThan(total);

  const second = await startReceiverProcess(env);
  await expect.poll(async () => (await length()) >= total && (await spoolBytes(second)) === 0).toBe(true);
  const ids = (await readStoredRecords(probe, 'comapi.events')).map(({ headers }) => headers.ce_id);
  expect(new Set(ids).size).toBe(total);
  expect(ids.length - total).toBeLessThanOrEqual(mostRepeats);
  expect((await sendRaw(second.url, delivery(eventOf(total)))).status).toBe(200);
});
