import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { delivery } from '../support/http-text.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { sendRaw } from '../support/raw-request.ts';
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
  test('answers 200 while the broker is away, over restarts, and stores all in order when it is back', async () => {
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
    await expect
      .poll(() => first.readiness(), wait)
      .toMatch(
        /the store has been unavailable since 20\S+Z: .*; 7 records are in the spool, the oldest received at 20/,
      );
    expect(await first.metric('comapi_webhook_spool_records')).toBe(7);
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
    expect(first.log.text()).toContain('records are left in the spool: the next start drains them');

    const second = await startTestReceiver({ env });
    await expect.poll(() => second.ready()).toBe(true);
    expect(await post(second.url, event('a', 7))).toMatchObject(accepted(1));
    const lines = segmentsIn(spoolDir).map((name) => readFileSync(join(spoolDir, name), 'utf8'));
    expect(lines.join('').trimEnd().split('\n')).toHaveLength(8);

    await startBroker();
    await expect.poll(() => second.metric('comapi_webhook_spool_records'), wait).toBe(0);
    expect(await post(second.url, event('a', 8))).toMatchObject(accepted(1));
    const records = await readTopic({ bootstrap: cluster.bootstrap, topic });
    const values = [
      ...new Set(records.filter(({ key }) => String(key) === 'a').map(({ value }) => String(value))),
    ];
    expect(values).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((revision) => event('a', revision)));
    await expect.poll(() => segmentsIn(spoolDir)).toEqual([]);
    await expect.poll(() => second.metric('comapi_webhook_spool_bytes')).toBe(0);
    expect(await second.readiness()).toContain('{"name":"sink","ok":true,"detail":""}');
  }, 180_000);

  test('makes the same dead letter of a spooled event that the topic is too small for as without the spool', async () => {
    const { env, deadLetterTopic, topic } = await createPlace();
    const receiver = await startTestReceiver({ env });
    await expect.poll(() => receiver.ready(), wait).toBe(true);
    const large = event('large', 1, `,"text":"${'x'.repeat(2_000_000)}"`);
    const batch = `[${event('a', 1)},${large}]`;
    expect(await post(receiver.url, batch)).toMatchObject(accepted(1, 1));
    await stopBroker();
    expect(await post(receiver.url, batch)).toMatchObject(accepted(2));
    await startBroker();
    await expect.poll(() => receiver.metric('comapi_webhook_spool_records'), wait).toBe(0);

    const letters = await readTopic({ bootstrap: cluster.bootstrap, topic: deadLetterTopic });
    expect(letters).toHaveLength(2);
    const [direct, drained] = letters.map(({ key, value, headers }) => {
      const { 'received-at': receivedAt, ...others } = headers;
      expect(Date.parse(receivedAt ?? '')).toBeGreaterThan(Date.now() - 180_000);
      return { key, value: String(value), headers: others, names: Object.keys(headers) };
    });
    expect(drained).toEqual(direct);
    expect(drained?.value).toBe(large);
    expect(drained?.headers).toEqual({
      reason: 'too_large',
      webhook: 'default',
      'batch-index': '1',
      'batch-size': '2',
      region: 'eu',
    });
    expect(await readTopic({ bootstrap: cluster.bootstrap, topic })).toHaveLength(2);
    expect(await receiver.metric('comapi_webhook_spool_drained_records_total{outcome="dead_lettered"}')).toBe(
      1,
    );
    expect(await receiver.metric('comapi_webhook_spool_set_aside_records')).toBe(0);
  }, 180_000);

  test('serves without it while another receiver has the same directory, says so, and gets it when that one ends', async () => {
    const { env, topic } = await createPlace();
    const first = await startTestReceiver({ env });
    await expect.poll(() => first.metric('comapi_webhook_spool_up'), wait).toBe(1);
    const second = await startTestReceiver({ env });
    await expect.poll(() => second.ready(), wait).toBe(true);
    await expect.poll(() => second.readiness(), wait).toContain(`is in use by process ${process.pid}`);
    expect(await second.metric('comapi_webhook_spool_up')).toBe(0);
    expect(await post(second.url, event('a', 1))).toMatchObject(accepted(1));
    expect(await readTopic({ bootstrap: cluster.bootstrap, topic })).toHaveLength(1);
    await expect.poll(() => first.log.text(), wait).toContain('another process waits for the spool');
    await first.stop();
    await expect.poll(() => second.metric('comapi_webhook_spool_up'), wait).toBe(1);
    expect(await second.readiness()).toContain('{"name":"sink","ok":true,"detail":""}');
  }, 120_000);
});
