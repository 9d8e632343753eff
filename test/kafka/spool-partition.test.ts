import { expect, onTestFinished, test } from 'vitest';
import { partitionFor } from '../../src/stores/append/partition-for.ts';
import { delivery } from '../support/http-text.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { batchOf, eventOf, indices, keyOf } from '../support/large-batch.ts';
import { sendRaw } from '../support/raw-request.ts';
import { spoolBytes } from '../support/read-spool.ts';
import { startTestReceiver, temporaryDirectory } from '../support/test-receiver.ts';

const partitions = 12;
const bad = partitionFor(keyOf(0), partitions);

test('with a spool, one partition of twelve without a leader holds up nothing else, under batches of 500, and gets its events when it has one', async () => {
  const cluster = await startKafkaCluster({ nodes: 3 });
  onTestFinished(() => cluster.stop());
  const { bootstrap } = cluster;
  const [topic, deadLetterTopic] = ['events', 'dead'];
  // Node 3 leads that partition, and has no other.
  await createTopic(bootstrap, topic, {
    partitions,
    replicas: (partition) => [partition === bad ? 3 : 1 + (partition % 2)],
  });
  await createTopic(bootstrap, deadLetterTopic, {
    replicas: [1],
    configs: { 'max.message.bytes': '12582912' },
  });
  const receiver = await startTestReceiver({
    env: {
      KAFKA_BROKERS: bootstrap,
      KAFKA_TOPIC: topic,
      KAFKA_DEAD_LETTER_TOPIC: deadLetterTopic,
      SPOOL_DIR: temporaryDirectory(),
    },
  });
  await expect.poll(() => receiver.ready()).toBe(true);
  const written = () => receiver.metric('comapi_webhook_spool_written_records_total');
  const drained = () => receiver.metric('comapi_webhook_spool_drained_records_total{outcome="stored"}');
  const waiting = async () => (await written()) - (await drained());
  const isBad = (index: number) => partitionFor(keyOf(index), partitions) === bad;
  const post = async (body: string) => (await sendRaw(receiver.url, delivery(body))).status;

  await cluster.brokers[2]?.kill9();
  const badOnes = indices(500).filter(isBad).length;
  expect([badOnes > 0, badOnes < 500]).toEqual([true, true]);
  expect(await post(batchOf(500, 1_000))).toBe(200);
  // What the other partitions take is out of the spool again.
  await expect.poll(waiting, { timeout: 30_000 }).toBe(badOnes);
  const later = indices(1_000).slice(700);
  for (const index of later) {
    expect(await post(eventOf(index))).toBe(200);
  }
  await expect.poll(waiting, { timeout: 30_000 }).toBe(badOnes + later.filter(isBad).length);
  expect(await receiver.ready()).toBe(true);

  cluster.brokers[2]?.start();
  await expect.poll(() => spoolBytes(receiver), { timeout: 60_000 }).toBe(0);
  expect(await waiting()).toBe(0);
  expect(await post(eventOf(1_001))).toBe(200);
  const records = await readTopic({ bootstrap, topic });
  expect(new Set(records.map(({ headers }) => headers.ce_id)).size).toBe(500 + later.length + 1);
}, 180_000);
