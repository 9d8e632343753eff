import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { Env } from '../../../src/runtime/config-error.ts';
import { delivery } from '../../support/http-text.ts';
import { declareQueue } from '../../support/rabbitmq/declare-queue.ts';
import { startRabbitMqCluster } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { drainQueue } from '../../support/rabbitmq/read-queue.ts';
import { sendRaw } from '../../support/raw-request.ts';
import { spoolBytes } from '../../support/read-spool.ts';
import { readStoredRecords } from '../../support/redis/redis-probe.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { startTestReceiver, temporaryDirectory } from '../../support/test-receiver.ts';

/** A server that a receiver stores in. */
interface TestStore {
  readonly env: Env;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** All that is stored in the events' queue or stream, in order. */
  readValues(): Promise<string[]>;
}

async function startRedis(): Promise<TestStore> {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  return {
    env: { REDIS_URL: server.url },
    stop: () => server.kill9(),
    start: () => server.start(),
    async readValues() {
      const probe = await server.connect();
      const records = await readStoredRecords(probe, 'comapi.events');
      probe.close();
      return records.map(({ value }) => String(value));
    },
  };
}

async function startRabbitMq(): Promise<TestStore> {
  const cluster = await startRabbitMqCluster({ nodes: 1 });
  onTestFinished(() => cluster.stop());
  const [node] = cluster.nodes;
  for (const queue of ['comapi.events', 'comapi.events.dead-letter']) {
    await declareQueue(cluster.url, queue);
  }
  // A queue that is younger is lost with its messages when all servers end.
  await delay(3_000);
  return {
    env: { RABBITMQ_URL: cluster.url },
    stop: async () => node?.stop(),
    async start() {
      node?.start();
      await cluster.whenReady();
    },
    async readValues() {
      return (await drainQueue(cluster.url, 'comapi.events')).map(({ content }) => content.toString());
    },
  };
}

const event = (revision: number) =>
  `{"eventId":"e-${revision}", "name":"message.sent","payload":{"messageId":"m"},"revision":${revision},"price":1.10}`;
const post = (url: string, revision: number) => sendRaw(url, delivery(event(revision)));

test.each([
  ['Redis', startRedis],
  ['RabbitMQ', startRabbitMq],
])(
  'a spool before %s keeps events while it is away, over a restart, and it has all of them at the end',
  async (_name, startStore) => {
    const store = await startStore();
    const env = { ...store.env, SPOOL_DIR: temporaryDirectory() };
    const first = await startTestReceiver({ env });
    await expect.poll(() => first.ready()).toBe(true);
    expect((await post(first.url, 1)).status).toBe(200);
    await store.stop();
    for (const revision of [2, 3, 4]) {
      expect((await post(first.url, revision)).status).toBe(200);
    }
    expect(await first.ready()).toBe(true);
    await first.stop();

    const second = await startTestReceiver({ env });
    await expect.poll(() => second.ready()).toBe(true);
    expect((await post(second.url, 5)).status).toBe(200);
    expect(await second.metric('comapi_webhook_spool_written_records_total')).toBe(1);
    await store.start();
    await expect.poll(() => spoolBytes(second)).toBe(0);
    expect((await post(second.url, 6)).status).toBe(200);
    await second.stop();
    expect(new Set(await store.readValues())).toEqual(new Set([1, 2, 3, 4, 5, 6].map(event)));
  },
);
