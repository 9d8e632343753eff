import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { createSampleEvent } from '../../src/tools/provider/sample-event.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { startRabbitMqCluster } from '../support/rabbitmq/rabbitmq-cluster.ts';
import { drainQueue } from '../support/rabbitmq/read-queue.ts';
import { readStoredRecords } from '../support/redis/redis-probe.ts';
import { startRedisServer } from '../support/redis/redis-server.ts';
import { runContainer } from './container.ts';

const secret = 'f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13';
const body = Buffer.from(JSON.stringify(createSampleEvent({ name: 'message.delivered' })));

/** Each store client is a separate part of the bundle and is built from CommonJS packages, so each is tested. */
test.each(['none', 'gzip', 'zstd'])('stores on Kafka, compressed with %s', async (codec) => {
  const topic = `events-${codec}`;
  await createTopic(bootstrap, topic, {});
  await createTopic(bootstrap, `${topic}.dead-letter`, {});
  await storeOne({
    KAFKA_BROKERS: bootstrap,
    KAFKA_TOPIC: topic,
    KAFKA_DEAD_LETTER_TOPIC: `${topic}.dead-letter`,
    KAFKA_COMPRESSION: codec,
  });
  expect((await readTopic({ bootstrap, topic })).map(({ value }) => value)).toEqual([body]);
});

test('stores on Redis', async () => {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  await storeOne({ REDIS_URL: `redis://127.0.0.1:${server.port}` });
  const probe = await server.connect();
  onTestFinished(() => probe.close());
  expect((await readStoredRecords(probe, 'comapi.events')).map(({ value }) => value)).toEqual([body]);
});

test('stores on RabbitMQ, in queues that it made itself', async () => {
  const { url, stop } = await startRabbitMqCluster({ nodes: 1 });
  onTestFinished(stop);
  const env = { RABBITMQ_URL: url, WEBHOOK_SECRET: secret };
  expect((await runContainer({ env, args: ['topics'] }).ended).code).toBe(0);
  await storeOne(env);
  expect((await drainQueue(url, 'comapi.events')).map(({ content }) => content)).toEqual([body]);
});

let bootstrap: string;
beforeAll(async () => {
  const kafka = await startKafkaCluster({ nodes: 1 });
  ({ bootstrap } = kafka);
  return () => kafka.stop();
});

async function storeOne(store: Readonly<Record<string, string>>): Promise<void> {
  const env = { HTTP_PORT: '0', MANAGEMENT_PORT: '0', SHUTDOWN_DELAY_MS: '0', WEBHOOK_SECRET: secret };
  const container = runContainer({ env: { ...env, ...store } });
  const { url } = JSON.parse(await container.line((line) => line.includes('"listening"'))) as { url: string };
  await container.line((line) => line.includes('the store accepts records'));
  const headers = { 'x-comapi-signature': signBody(body, secret) };
  const response = await fetch(`${url}/webhook`, { method: 'POST', body, headers });
  expect(response.status).toBe(200);
  container.process.kill('SIGTERM');
  expect((await container.ended).code).toBe(0);
}
