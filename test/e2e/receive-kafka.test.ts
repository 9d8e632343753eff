import { randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { partitionFor } from '../../src/stores/append/partition-for.ts';
import { delivery } from '../support/http-text.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startReceiverProcess } from '../support/receiver-process.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';

async function startOnKafka(brokers: string, partitions = 6) {
  const topic = `events-${randomUUID()}`;
  const deadLetterTopic = `dead-${randomUUID()}`;
  await createTopic(brokers, topic, { partitions });
  await createTopic(brokers, deadLetterTopic, { configs: { 'max.message.bytes': '12582912' } });
  const receiver = await startReceiverProcess({
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC: topic,
    KAFKA_DEAD_LETTER_TOPIC: deadLetterTopic,
    WEBHOOK_SECRET: testSecret,
    DATA_DIR: temporaryDirectory(),
  });
  const post = (body: string | Buffer) => sendRaw(receiver.url, delivery(body));
  return { receiver, post, topic, deadLetterTopic };
}

const event = (id: string, revision = 1, more = '') =>
  `{"eventId":"e-${id}-${revision}","name":"message.sent","payload":{"messageId":"m-${id}"},"revision":${revision},"timestamp":"2026-11-24T08:19:48.494Z"${more}}`;

describe('comapi-webhook receive on Kafka', () => {
  test('stores each event under its message id, with its own bytes, before it answers', async () => {
    const brokers = await kafkaBrokers();
    const { post, topic, deadLetterTopic, receiver } = await startOnKafka(brokers);
    const events = Array.from({ length: 20 }, (_unused, n) =>
      event(String(n % 7), n, ',"n": 9007199254740993'),
    );
    expect(await post(events[0] ?? '')).toMatchObject({
      status: 200,
      body: '{"accepted":1,"deadLettered":0}',
    });
    expect(await post(`[${events.slice(1).join(' ,\n')}, 7]`)).toMatchObject({
      status: 200,
      body: '{"accepted":19,"deadLettered":1}',
    });

    const records = await readTopic({ bootstrap: brokers, topic });
    expect(records.map(({ value }) => String(value)).toSorted()).toEqual(events.toSorted());
    for (const { key, value, partition, headers } of records) {
      const parsed = JSON.parse(String(value)) as {
        eventId: string;
        payload: { messageId: string };
        revision: number;
      };
      expect(String(key)).toBe(parsed.payload.messageId);
      expect(partition).toBe(partitionFor(parsed.payload.messageId, 6));
      expect(headers).toMatchObject({
        ce_specversion: '1.0',
        ce_id: parsed.eventId,
        ce_type: 'message.sent',
        ce_subject: parsed.payload.messageId,
        ce_time: '2026-11-24T08:19:48.494Z',
        revision: String(parsed.revision),
        ce_revision: String(parsed.revision),
        webhook: 'default',
      });
    }
    const [dead] = await readTopic({ bootstrap: brokers, topic: deadLetterTopic });
    expect(String(dead?.value)).toBe('7');
    expect(dead?.headers).toMatchObject({ reason: 'not_object', 'batch-index': '19', 'batch-size': '20' });

    receiver.child.kill('SIGTERM');
    expect(await receiver.exited).toBe(0);
  });

  test('puts an event that the topic is too small for on the dead-letter topic, and stores its neighbours', async () => {
    const brokers = await kafkaBrokers();
    const { post, topic, deadLetterTopic } = await startOnKafka(brokers);
    const large = event('large', 1, `,"text":"${'x'.repeat(2_000_000)}"`);
    const answer = await post(`[${event('a')},${large},${event('b')}]`);
    expect(answer).toMatchObject({ status: 200, body: '{"accepted":2,"deadLettered":1}' });
    expect(
      (await readTopic({ bootstrap: brokers, topic })).map(({ value }) => String(value)).toSorted(),
    ).toEqual([event('a'), event('b')]);
    const [dead] = await readTopic({ bootstrap: brokers, topic: deadLetterTopic });
    expect(dead?.headers.reason).toBe('too_large');
    expect(String(dead?.value) === large).toBe(true);
  });

  test('broker gone: ready and alive, and 503 in time with Retry-After; broker back: it serves again, without a restart', async () => {
    const cluster = await startKafkaCluster({ nodes: 1 });
    onTestFinished(() => cluster.stop());
    const [broker] = cluster.brokers;
    const { post, receiver, topic } = await startOnKafka(cluster.bootstrap);
    expect((await post(event('before'))).status).toBe(200);
    const readiness = async () => (await fetch(`${receiver.managementUrl}/readyz`)).status;
    expect(await readiness()).toBe(200);

    await broker?.stop();
    const startedAt = performance.now();
    const during = await post(event('during'));
    expect(during.status).toBe(503);
    expect(during.headers).toContain('Retry-After: 5');
    // The promise is a time: the provider's.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    const unavailableSince = async () => {
      const metrics = await (await fetch(`${receiver.managementUrl}/metrics`)).text();
      return Number(/^comapi_webhook_sink_unavailable_since_timestamp_seconds (\S+)$/m.exec(metrics)?.[1]);
    };
    await expect.poll(unavailableSince).toBeGreaterThan(0);
    expect(await readiness()).toBe(200);
    expect((await fetch(`${receiver.managementUrl}/livez`)).status).toBe(200);
    const fastAt = performance.now();
    expect(await post(event('fast'))).toMatchObject({ status: 503, body: '{"error":"sink_unavailable"}' });
    // At once, not with the deadline of a delivery.
    expect(performance.now() - fastAt).toBeLessThan(5_000);

    broker?.start();
    await expect.poll(unavailableSince, { timeout: 30_000 }).toBe(0);
    expect(await readiness()).toBe(200);
    expect((await post(event('after'))).status).toBe(200);
    const values = (await readTopic({ bootstrap: cluster.bootstrap, topic })).map(({ value }) =>
      String(value),
    );
    expect(values).toContain(event('before'));
    expect(values).toContain(event('after'));
  });

  test('starts without a broker, unready, and takes deliveries once it is there', async () => {
    const cluster = await startKafkaCluster({ nodes: 1 });
    onTestFinished(() => cluster.stop());
    const [broker] = cluster.brokers;
    await createTopic(cluster.bootstrap, 'comapi.events');
    await createTopic(cluster.bootstrap, 'comapi.events.dead-letter');
    await broker?.stop();
    const starting = startReceiverProcess({
      KAFKA_BROKERS: cluster.bootstrap,
      WEBHOOK_SECRET: testSecret,
      DATA_DIR: temporaryDirectory(),
    });
    broker?.start();
    // It is ready once its store is.
    const receiver = await starting;
    expect((await sendRaw(receiver.url, delivery(event('1')))).status).toBe(200);
  });
});
