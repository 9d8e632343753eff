import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { partitionFor } from '../../src/kafka/partition-for.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { createTopic, type TopicSettings } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { createRecord, createTestSink, type TestSinkOptions } from '../support/kafka-sink.ts';

async function freshTopic(settings: TopicSettings = {}): Promise<string> {
  const topic = `sink-${randomUUID()}`;
  await createTopic(await kafkaBrokers(), topic, settings);
  return topic;
}

async function startSink(options: Omit<TestSinkOptions, 'bootstrap'>) {
  const test = createTestSink({ ...options, bootstrap: await kafkaBrokers() });
  onTestFinished(() => test.sink.close());
  await test.sink.start();
  return test;
}

const inTime = (): number => Date.now() + 8000;

describe('the Kafka sink on a healthy broker', () => {
  it('stores key, bytes and headers in the partition of the key', async () => {
    const topic = await freshTopic({ partitions: 5 });
    const { sink } = await startSink({ topics: [topic] });
    const records = Array.from({ length: 50 }, (_, index) => createRecord(topic, `entity-${index}`));

    expect(await sink.append(records, inTime())).toEqual([]);

    const stored = await readTopic({ bootstrap: await kafkaBrokers(), topic });
    expect(stored).toHaveLength(50);
    for (const { key, value, headers } of records) {
      const found = stored.find((each) => each.headers.ce_id === headers.ce_id);
      expect(found?.partition).toBe(partitionFor(key as string, 5));
      expect(found?.key?.toString()).toBe(key);
      expect(found?.value?.equals(value)).toBe(true);
      expect(found?.headers).toEqual(headers);
    }
  });
});
