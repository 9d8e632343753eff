import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { partitionFor } from '../../../src/stores/append/partition-for.ts';
import { delivery } from '../../support/http-text.ts';
import { batchOf, eventOf, indices, keyOf } from '../../support/large-batch.ts';
import { declareQueue, quorum, withChannel } from '../../support/rabbitmq/declare-queue.ts';
import { startRabbitMqCluster } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { drainQueue } from '../../support/rabbitmq/read-queue.ts';
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

test('one stream of four that refuses holds up nothing else, under large batches and over kill -9, and gets its events when it is mended', async () => {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  const env = {
    REDIS_URL: server.url,
    REDIS_STREAM_COUNT: '4',
    SPOOL_DIR: temporaryDirectory(),
    WEBHOOK_SECRET: testSecret,
  };
  const first = await startReceiverProcess(env);
  const streams = [0, 1, 2, 3].map((index) => `comapi.events.${index}`);
  const [bad = '', ...others] = streams;
  const probe = await server.connect();
  onTestFinished(() => probe.close());
  await probe.call('DEL', bad);
  await probe.call('SET', bad, 'not a stream');
  const isBad = (index: number) => partitionFor(keyOf(index), 4) === 0;
  const good = indices(500).filter((index) => !isBad(index));
  expect([good.length < 500, good.length > 0]).toEqual([true, true]);
  const readIds = async (names: readonly string[]) => {
    const records = await Promise.all(names.map((name) => readStoredRecords(probe, name)));
    return records.flat().map(({ headers }) => headers.ce_id ?? '');
  };
  const countOthers = async () => new Set(await readIds(others)).size;

  expect((await sendRaw(first.url, delivery(batchOf(500, 1_000)))).status).toBe(200);
  await expect.poll(countOthers, { timeout: 10_000 }).toBe(good.length);
  expect((await fetch(`${first.managementUrl}/readyz`)).status).toBe(200);
  first.child.kill('SIGKILL');
  await first.exited;

  const second = await startReceiverProcess(env);
  const later = good.slice(0, 60).map((index) => index + 1_000 * 7);
  const post = (index: number) => sendRaw(second.url, delivery(eventOf(index)));
  for (const index of later) {
    expect((await post(index)).status).toBe(200);
  }
  await expect.poll(countOthers, { timeout: 10_000 }).toBe(good.length + later.length);
  expect(await spoolBytes(second)).toBeGreaterThan(0);

  await probe.call('DEL', bad);
  await expect
    .poll(async () => new Set(await readIds([bad])).size, { timeout: 15_000 })
    .toBe(500 - good.length);
  await expect.poll(() => spoolBytes(second)).toBe(0);
  expect((await sendRaw(second.url, delivery(batchOf(7, 10)))).status).toBe(200);
});

test('one queue of four that is full holds up nothing else, under a large batch, and is filled when it has room', async () => {
  const cluster = await startRabbitMqCluster({ nodes: 1 });
  onTestFinished(() => cluster.stop());
  const queues = [0, 1, 2, 3].map((index) => `comapi.events.${index}`);
  const [full = '', ...others] = queues;
  for (const queue of [...others, 'comapi.events.dead-letter']) {
    await declareQueue(cluster.url, queue);
  }
  await declareQueue(cluster.url, full, { ...quorum, 'x-max-length': 400, 'x-overflow': 'reject-publish' });
  await withChannel(cluster.url, async (channel) => {
    for (const _ of indices(500)) {
      channel.sendToQueue(full, Buffer.from('other'), { persistent: true });
    }
    await channel.waitForConfirms().catch(() => {});
  });
  const receiver = await startReceiverProcess({
    RABBITMQ_URL: cluster.url,
    RABBITMQ_QUEUE_COUNT: '4',
    SPOOL_DIR: temporaryDirectory(),
    WEBHOOK_SECRET: testSecret,
  });
  const isGood = (index: number) => partitionFor(keyOf(index), 4) !== 0;
  const stored = new Set<string>();
  /** Different ones, so far: an append that is refused in part stores the others again. */
  const countStored = async (names: readonly string[]) => {
    const messages = await Promise.all(names.map((name) => drainQueue(cluster.url, name)));
    for (const { properties } of messages.flat()) {
      stored.add(String(properties.headers?.ce_id));
    }
    return stored.size;
  };
  const good = indices(500).filter(isGood);
  expect([good.length > 0, good.length < 500]).toEqual([true, true]);

  expect((await sendRaw(receiver.url, delivery(batchOf(500, 1_000)))).status).toBe(200);
  await expect.poll(() => countStored(others), { timeout: 10_000 }).toBe(good.length);
  const later = good.slice(0, 60).map((index) => index + 1_000 * 7);
  for (const index of later) {
    expect((await sendRaw(receiver.url, delivery(eventOf(index)))).status).toBe(200);
  }
  await expect.poll(() => countStored(others), { timeout: 10_000 }).toBe(good.length + later.length);
  expect((await fetch(`${receiver.managementUrl}/readyz`)).status).toBe(200);

  await withChannel(cluster.url, (channel) => channel.purgeQueue(full));
  await expect.poll(() => countStored([full]), { timeout: 30_000 }).toBe(500 + later.length);
  await expect.poll(() => spoolBytes(receiver)).toBe(0);
  expect((await sendRaw(receiver.url, delivery(batchOf(7, 10)))).status).toBe(200);
});
