import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { expect, onTestFinished, test } from 'vitest';
import { toEventMessage } from '../support/filter/event-message.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import type { Broker } from '../support/kafka/broker-process.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readCommitted } from '../support/kafka/read-topic.ts';
import { waitUntil } from '../support/wait-until.ts';

/** The marker is all that the producer has written in its new epoch, so the cleaner must keep its batch. */
async function fenceOpenTransaction(bootstrap: string, topic: string): Promise<void> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const createProducer = () =>
    kafka.producer({
      ...{ transactionalId: 'another', maxInFlightRequests: 1, idempotent: true },
      // Nothing is cleaned behind a transaction that is open: a minute, by default.
      transactionTimeout: 5_000,
    });
  const first = createProducer();
  await first.connect();
  const transaction = await first.transaction();
  await transaction.send({ topic, messages: [{ key: 'aborted', value: '1', partition: 0 }] });
  const second = createProducer();
  await second.connect();
  await Promise.all([first.disconnect(), second.disconnect()]);
}

/** The first file is where the topic begins: the cleaner replaces the others at any time. */
function readFirstSegment(broker: Broker, topicPartition: string): Buffer {
  return readFileSync(join(dirname(broker.logFile), 'data', topicPartition, `${'0'.repeat(20)}.log`));
}

/** The header of a batch has its length at 8, its attributes at 21 and the number of its records at 57. */
function hasEmptyControlBatch(segment: Buffer): boolean {
  const controlBit = 0x20;
  for (let at = 0; at + 61 <= segment.length; at += 12 + segment.readInt32BE(at + 8)) {
    if ((segment.readInt16BE(at + 21) & controlBit) !== 0 && segment.readInt32BE(at + 57) === 0) {
      return true;
    }
  }
  return false;
}

test('a control batch that the log cleaner has emptied ends no transaction and stops no partition', async () => {
  const cluster = await startKafkaCluster({
    nodes: 1,
    brokerConfig: { 'log.cleaner.backoff.ms': '200', 'log.initial.task.delay.ms': '500' },
  });
  onTestFinished(() => cluster.stop());
  const { bootstrap } = cluster;
  const [broker] = cluster.brokers as [Broker];
  const topics = await createFilterTopics(bootstrap, {
    partitions: 1,
    latestConfigs: {
      'delete.retention.ms': '1000',
      'segment.ms': '1500',
      'min.cleanable.dirty.ratio': '0.01',
    },
  });
  const send = await connectTestProducer(bootstrap);
  // Looked for by its time, the log begins with a record.
  await send(topics.latest, [{ ...toEventMessage({ entity: 'first', revision: 1n }, 1), partition: 0 }]);
  await fenceOpenTransaction(bootstrap, topics.latest);
  await waitUntil(
    async () => {
      // The cleaner leaves the segment alone that is written to: each record here may begin another.
      await send(topics.latest, [{ ...toEventMessage({ entity: 'a', revision: 5n }, 1), partition: 0 }]);
      return hasEmptyControlBatch(readFirstSegment(broker, `${topics.latest}-0`));
    },
    { timeoutMs: 150_000, what: 'the cleaner has emptied the marker', pollMs: 500 },
  );

  await send(
    topics.events,
    [4n, 6n].map((revision) => toEventMessage({ entity: 'a', revision }, 1)),
  );
  const filter = await startTestFilter(toFilterEnv(bootstrap, topics));
  await whenReady(filter);
  await whenFiltered(filter, 2);
  const states = await waitUntil(
    async () => {
      const found = await readCommitted({ bootstrap, topic: topics.latest }, 2);
      return found.at(-1)?.headers.revision === '6' && found;
    },
    { timeoutMs: 20_000, what: 'the newer state is there' },
  );
  expect(states.filter(({ headers }) => headers.revision === '4')).toEqual([]);
});
