import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { createKafkaReadBack } from '../../src/stores/kafka/consume/read-back.ts';
import { deadlineIn } from '../support/deadline-in.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTopic, deleteTopic, setTopicConfigs, withAdmin } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { createRecord, createTestSink } from '../support/kafka-sink.ts';
import { sampleRecords } from '../support/sampled-records.ts';
import { waitUntil } from '../support/wait-until.ts';

let bootstrap: string;
beforeAll(async () => {
  bootstrap = await kafkaBrokers();
});

/** A topic and its sink, of which every answer is sampled. */
async function startSampledSink(brokers = bootstrap) {
  const topic = `read-back-${randomUUID()}`;
  await createTopic(brokers, topic);
  const sampler = sampleRecords();
  const connection = { brokers: brokers.split(',') };
  const logger = createLogger('silent');
  const { sink } = createTestSink({
    bootstrap: brokers,
    topics: [topic],
    sampleAnswer: createKafkaReadBack({ connection, logger, topics: [topic], sampler, clock: systemClock }),
  });
  onTestFinished(() => sink.close());
  await sink.start();
  const append = (count: number) =>
    sink.append(
      Array.from({ length: count }, (_, index) => createRecord(topic, `key-${index}`)),
      deadlineIn(8_000),
    );
  return { topic, append, taken: sampler.taken };
}

/** One of five records, at random. */
async function takeOne(brokers?: string) {
  const started = await startSampledSink(brokers);
  await started.append(5);
  const [record] = started.taken;
  if (record === undefined) {
    throw new Error('nothing was taken');
  }
  return { ...started, record };
}

async function deleteRecords(topic: string): Promise<void> {
  await withAdmin(bootstrap, async (admin) => {
    // kafkajs looks the leader up in metadata that only this call loads.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '-1' }] });
  });
}

const outcomeOf = async (record: { readBack(): Promise<{ readonly outcome: string }> }) =>
  (await record.readBack()).outcome;

describe('a record that Kafka has acknowledged', () => {
  test('is no loss when retention may have removed it', async () => {
    const { topic, record } = await takeOne();
    await setTopicConfigs(bootstrap, topic, { 'retention.ms': '1' });
    await deleteRecords(topic);
    expect(await record.readBack()).toEqual({
      outcome: 'removed',
      detail: 'by retention: the log begins at 5',
    });
  });

  test('is missing when its topic is deleted, and another one when the topic is made again and filled', async () => {
    const { topic, record, append, taken } = await takeOne();
    await deleteTopic(bootstrap, topic);
    expect(await record.readBack()).toEqual({
      outcome: 'missing',
      detail: `the cluster has no partition 0 of ${topic}`,
    });
    await waitUntil(
      () =>
        createTopic(bootstrap, topic).then(
          () => true,
          () => false,
        ),
      {
        timeoutMs: 30_000,
        what: 'the topic is made again',
      },
    );
    await waitUntil(async () => (await outcomeOf(record).catch(() => '')) === 'missing', {
      timeoutMs: 30_000,
      what: 'the log of the new topic ends before it',
    });
    await waitUntil(
      () =>
        append(20).then(
          () => true,
          () => false,
        ),
      {
        timeoutMs: 20_000,
        what: 'the sink stores records again',
      },
    );
    expect(await record.readBack()).toEqual({
      outcome: 'different',
      detail: 'the offset has another key or other bytes',
    });
    expect(await outcomeOf(taken.at(-1) as typeof record)).toBe('same');
  });

  test('cannot be judged while a transaction before it is open, and is there when that has ended', async () => {
    const { topic, append, taken } = await startSampledSink();
    const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: 'open' }] });
    await append(3);
    const [record] = taken;
    await expect(record?.readBack()).rejects.toThrow('a transaction before it is open');
    await transaction.commit();
    await waitUntil(async () => (await record?.readBack().catch(() => undefined))?.outcome === 'same', {
      timeoutMs: 30_000,
      what: 'the record is read',
    });
  });

  test('is missing when its broker comes back without the log, and one that is stored then is there', async () => {
    const cluster = await startKafkaCluster({ nodes: 1 });
    onTestFinished(() => cluster.stop());
    const { topic, record, append, taken } = await takeOne(cluster.bootstrap);
    const [broker] = cluster.brokers;
    await broker?.kill9();
    await expect(record.readBack()).rejects.toThrow('Kafka');
    await rm(join(dirname(broker?.logFile ?? ''), 'data', `${topic}-0`), { recursive: true });
    broker?.start();
    await cluster.whenReady();
    const whenOutcome = (outcome: string) =>
      waitUntil(async () => (await outcomeOf(record).catch(() => '')) === outcome, {
        timeoutMs: 30_000,
        what: `the record is ${outcome}`,
      });
    await whenOutcome('missing');
    expect(await record.readBack()).toEqual({
      outcome: 'missing',
      detail: 'the log ends at 0: it was cut off, or the topic is a new one',
    });
    await waitUntil(
      () =>
        append(5).then(
          () => true,
          () => false,
        ),
      {
        timeoutMs: 20_000,
        what: 'the sink stores records again',
      },
    );
    expect(await outcomeOf(taken.at(-1) as typeof record)).toBe('same');
  });
});
