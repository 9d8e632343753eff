import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { partitionFor } from '../../src/stores/append/partition-for.ts';
import { deadlineIn } from '../support/deadline-in.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { addPartitions, createTopic, type TopicSettings } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { createRecord, createTestSink, type TestSink, type TestSinkOptions } from '../support/kafka-sink.ts';
import { waitUntil } from '../support/wait-until.ts';

async function freshTopic(settings: TopicSettings = {}): Promise<string> {
  const topic = `sink-${randomUUID()}`;
  await createTopic(await kafkaBrokers(), topic, settings);
  return topic;
}

async function createSink(options: Omit<TestSinkOptions, 'bootstrap'>): Promise<TestSink> {
  const test = createTestSink({ ...options, bootstrap: await kafkaBrokers() });
  onTestFinished(() => test.sink.close());
  return test;
}

async function startSink(options: Omit<TestSinkOptions, 'bootstrap'>): Promise<TestSink> {
  const test = await createSink(options);
  await test.sink.start();
  return test;
}

const inTime = (): number => deadlineIn(8000);

async function readBack(topic: string) {
  return readTopic({ bootstrap: await kafkaBrokers(), topic, headers: false });
}

describe('the Kafka sink on a healthy broker', () => {
  it('takes up partitions that are added while it runs', async () => {
    const topic = await freshTopic({ partitions: 1 });
    const { sink } = await startSink({
      topics: [topic],
      settings: { refreshMs: { healthy: 200, unhealthy: 200, min: 50 } },
    });
    const keys = Array.from({ length: 20 }, (_, index) => `entity-${index}`);
    await addPartitions(await kafkaBrokers(), topic, 6);

    await waitUntil(
      async () => {
        await sink.append(
          keys.map((key) => createRecord(topic, key)),
          inTime(),
        );
        const stored = await readBack(topic);
        return new Set(stored.map(({ partition }) => partition)).size === 6;
      },
      { timeoutMs: 30_000, what: 'records in the new partitions' },
    );

    const newest = (await readBack(topic)).filter(({ partition }) => partition > 0);
    expect(newest.every(({ key, partition }) => partitionFor(key?.toString() ?? '', 6) === partition)).toBe(
      true,
    );
  });

  it('is not up while a topic is missing, serves the others, and is up once it exists', async () => {
    const topic = await freshTopic();
    const missing = `sink-${randomUUID()}`;
    const { sink, log } = await createSink({
      topics: [topic, missing],
      settings: { refreshMs: { healthy: 200, unhealthy: 200, min: 50 } },
    });
    const started = sink.start();

    await waitUntil(() => sink.health().detail.includes('does not exist'), {
      timeoutMs: 30_000,
      what: 'it is seen',
    });
    expect(sink.health()).toEqual({
      up: false,
      detail: expect.stringMatching(new RegExp(`^the topic ${missing} does not exist: check KAFKA_TOPIC, `)),
      isFinal: true,
    });
    expect(await sink.append([createRecord(topic, 'a')], inTime())).toEqual([]);
    await expect(sink.append([createRecord(missing, 'a')], inTime())).rejects.toMatchObject({
      code: 'sink_unavailable',
    });
    expect(
      log.filter((line) => line.includes(missing) && line.includes('or create the topic with')),
    ).toHaveLength(1);

    await createTopic(await kafkaBrokers(), missing);
    await started;
    expect(sink.health()).toEqual({ up: true, detail: '' });
    expect(await sink.append([createRecord(missing, 'a')], inTime())).toEqual([]);
  });

  it('takes records for a topic that demands more in-sync replicas than it has, as this broker does, and warns', async () => {
    const topic = await freshTopic({ configs: { 'min.insync.replicas': '2' } });
    const { sink, log } = await startSink({ topics: [topic] });

    expect(await sink.append([createRecord(topic, 'a')], inTime())).toEqual([]);

    expect(await readBack(topic)).toHaveLength(1);
    expect(log.join('')).toContain('min.insync.replicas is 2');
  });

  it('keeps records while the clock of this machine is too fast for the brokers, and stores them once it is right', async () => {
    // The default value since Kafka 4.0.
    const topic = await freshTopic({ configs: { 'message.timestamp.after.max.ms': '3600000' } });
    const { sink, metrics } = await startSink({ topics: [topic] });
    vi.useFakeTimers({ now: Date.now() + 2 * 3_600_000, toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());

    const appended = sink.append([createRecord(topic, 'a'), createRecord(topic, 'b')], inTime());
    await vi.waitUntil(() => metrics.count('retried', 'broker_error') > 0, { timeout: 20_000 });
    vi.useRealTimers();

    expect(await appended).toEqual([]);
    expect((await readBack(topic)).map(({ key }) => key?.toString())).toEqual(['a', 'b']);
  });
});
