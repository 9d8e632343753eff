import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { delivery } from '../support/http-text.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { sendRaw } from '../support/raw-request.ts';
import { spoolBytes } from '../support/read-spool.ts';
import { startTestReceiver, temporaryDirectory } from '../support/test-receiver.ts';

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
});
