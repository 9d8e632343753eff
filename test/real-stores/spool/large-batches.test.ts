import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { delivery } from '../../support/http-text.ts';
import { batchOf } from '../../support/large-batch.ts';
import { sendRaw } from '../../support/raw-request.ts';
import { spoolBytes } from '../../support/read-spool.ts';
import { startReceiverProcess } from '../../support/receiver-process.ts';
import { readStoredRecords } from '../../support/redis/redis-probe.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { temporaryDirectory, testSecret } from '../../support/test-receiver.ts';

test('a store that stops answering under a batch of 400 KB freezes nothing, and the batch is stored when it goes on', async () => {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  const receiver = await startReceiverProcess({
    REDIS_URL: server.url,
    SPOOL_DIR: temporaryDirectory(),
    WEBHOOK_SECRET: testSecret,
  });
  const isLive = async () =>
    (await fetch(`${receiver.managementUrl}/livez`, { signal: AbortSignal.timeout(2_000) })).status;

  server.pause();
  const posted = sendRaw(receiver.url, delivery(batchOf(400, 1_000)));
  // It goes to the spool two seconds before its time is over.
  for (let second = 0; second < 8; second += 1) {
    await delay(1_000);
    expect(await isLive()).toBe(200);
  }
  expect((await posted).status).toBe(200);
  server.resume();
  const probe = await server.connect();
  onTestFinished(() => probe.close());
  const ids = async () =>
    new Set((await readStoredRecords(probe, 'comapi.events')).map(({ headers }) => headers.ce_id)).size;
  await expect.poll(ids).toBe(400);
  const ready = async () => (await fetch(`${receiver.managementUrl}/readyz`)).status;
  await expect.poll(ready, { timeout: 10_000 }).toBe(200);
  expect((await sendRaw(receiver.url, delivery(batchOf(1, 10)))).status).toBe(200);
  await expect.poll(() => spoolBytes(receiver)).toBe(0);
});
