import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { delivery } from '../support/http-text.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { sendRaw } from '../support/raw-request.ts';
import { readSpool, spoolBytes, spoolProblem } from '../support/read-spool.ts';
import { startTestReceiver, temporaryDirectory } from '../support/test-receiver.ts';
import { segmentsIn } from '../support/test-spool.ts';

const deadLetterConfigs = { 'max.message.bytes': '12582912' };
const wait = { timeout: 60_000 };

let cluster: KafkaCluster;

beforeAll(async () => {
  cluster = await startKafkaCluster({ nodes: 1 });
}, 120_000);

afterAll(() => cluster.stop());

/** Topics of its own, and what a receiver with a spool before them is configured with. */
async function createPlace() {
  const [topic, deadLetterTopic] = [`events-${randomUUID()}`, `dead-${randomUUID()}`];
  await createTopic(cluster.bootstrap, topic, { partitions: 3 });
  await createTopic(cluster.bootstrap, deadLetterTopic, { configs: deadLetterConfigs });
  const spoolDir = temporaryDirectory();
  const env = {
    KAFKA_BROKERS: cluster.bootstrap,
    KAFKA_TOPIC: topic,
    KAFKA_DEAD_LETTER_TOPIC: deadLetterTopic,
    SPOOL_DIR: spoolDir,
    RECORD_HEADERS: 'region=eu',
  };
  return { env, spoolDir, topic, deadLetterTopic };
}

async function stopBroker(): Promise<void> {
  onTestFinished(startBroker);
  await cluster.brokers[0]?.kill9();
}

async function startBroker(): Promise<void> {
  cluster.brokers[0]?.start();
  await cluster.whenReady();
}

const event = (key: string, revision: number, more = '') =>
  `{"eventId":"${key}-${revision}", "name":"message.sent","payload":{"messageId":"${key}"},"revision":${revision},"price":1.10${more}}`;
const post = (url: string, body: string) => sendRaw(url, delivery(body));
const accepted = (count: number, deadLettered = 0) => ({
  status: 200,
  body: JSON.stringify({ accepted: count, deadLettered }),
});

describe('a receiver with a spool before Kafka', () => {
  test('answers 200 while the broker is away, over restarts, and it has all of them when it is back', async () => {
    const { env, spoolDir, topic } = await createPlace();
    const first = await startTestReceiver({ env });
    await expect.poll(() => first.ready(), wait).toBe(true);
    expect(await post(first.url, event('a', 1))).toMatchObject(accepted(1));
    expect(await first.metric('comapi_webhook_spool_bytes')).toBe(0);

    await stopBroker();
    const started = Date.now();
    for (let revision = 2; revision <= 5; revision += 1) {
      expect(await post(first.url, event('a', revision))).toMatchObject(accepted(1));
    }
    expect(Date.now() - started).toBeLessThan(8_000);
    expect(await post(first.url, `[${event('a', 6)},${event('b', 1)},7]`)).toMatchObject(accepted(2, 1));
    expect(await first.ready()).toBe(true);
    expect(await first.readiness()).toContain('events go to the spool, because the store is unavailable');
    expect(await first.metric('comapi_webhook_spool_written_records_total')).toBe(7);
    expect(Date.parse((await readSpool(first)).oldestReceivedAt ?? '')).toBeGreaterThan(started - 1_000);
    expect(await first.metric('comapi_webhook_spool_oldest_timestamp_seconds')).toBeGreaterThan(
      started / 1_000 - 1,
    );
    // The ledger counts an event when it is accepted.
    expect(await first.metric('comapi_webhook_events_received_total{webhook="default"}')).toBe(8);
    expect(await first.metric('comapi_webhook_events_total{webhook="default",outcome="stored"}')).toBe(7);
    expect(await first.metric('comapi_webhook_events_total{webhook="default",outcome="dead_lettered"}')).toBe(
      1,
    );
    await first.stop();
    expect(first.log.text()).toContain('events go to the spool, and are answered 200');

    const second = await startTestReceiver({ env });
    await expect.poll(() => second.ready()).toBe(true);
    expect(await post(second.url, event('a', 7))).toMatchObject(accepted(1));

    await startBroker();
    await expect.poll(() => spoolBytes(second), wait).toBe(0);
    expect(segmentsIn(spoolDir)).toEqual([]);
    expect(await post(second.url, event('a', 8))).toMatchObject(accepted(1));
    const records = await readTopic({ bootstrap: cluster.bootstrap, topic });
    const values = new Set(
      records.filter(({ key }) => String(key) === 'a').map(({ value }) => String(value)),
    );
    expect(values).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8].map((revision) => event('a', revision))));
    expect(second.log.text()).toContain('the spool is empty: the store has all events');
    expect(await second.readiness()).toContain('{"name":"sink","ok":true,"detail":""}');
  }, 180_000);

  test('makes a dead letter of a spooled event that the topic is too small for', async () => {
    const { env, deadLetterTopic, topic } = await createPlace();
    const receiver = await startTestReceiver({ env });
    await expect.poll(() => receiver.ready(), wait).toBe(true);
    const large = event('large', 1, `,"text":"${'x'.repeat(2_000_000)}"`);
    const batch = `[${event('a', 1)},${large}]`;
    expect(await post(receiver.url, batch)).toMatchObject(accepted(1, 1));
    await stopBroker();
    expect(await post(receiver.url, batch)).toMatchObject(accepted(2));
    await startBroker();
    await expect.poll(() => spoolBytes(receiver), wait).toBe(0);

    const letters = await readTopic({ bootstrap: cluster.bootstrap, topic: deadLetterTopic });
    expect(letters).toHaveLength(2);
    const [direct, drained] = letters;
    expect(drained?.key).toBeNull();
    expect(String(drained?.value)).toBe(large);
    expect(direct?.value).toEqual(drained?.value);
    // Its delivery is not known any more: it has the headers of the event, and no place in a batch.
    expect(drained?.headers).toMatchObject({
      reason: 'too_large',
      ce_id: 'large-1',
      'batch-size': '1',
      region: 'eu',
    });
    expect(await readTopic({ bootstrap: cluster.bootstrap, topic })).toHaveLength(2);
    expect(await receiver.metric('comapi_webhook_spool_drained_records_total{outcome="dead_lettered"}')).toBe(
      1,
    );
  }, 180_000);

  test('serves without it while another receiver has the same directory, says so, and gets it when that one ends', async () => {
    const { env, topic } = await createPlace();
    const first = await startTestReceiver({ env });
    await expect.poll(() => spoolProblem(first), wait).toBeUndefined();
    const second = await startTestReceiver({ env });
    await expect.poll(() => second.ready(), wait).toBe(true);
    await expect.poll(() => spoolProblem(second), wait).toContain(`is in use by process ${process.pid}`);
    expect(await post(second.url, event('a', 1))).toMatchObject(accepted(1));
    expect(await readTopic({ bootstrap: cluster.bootstrap, topic })).toHaveLength(1);
    await first.stop();
    await expect.poll(() => spoolProblem(second), wait).toBeUndefined();
    expect(await second.readiness()).toContain('{"name":"sink","ok":true,"detail":""}');
  }, 120_000);
});
