import { expect, test } from 'vitest';
import type { RecordRole } from '../../../../src/ports/record-reader.ts';
import { createLogger } from '../../../../src/runtime/logger.ts';
import { partitionFor } from '../../../../src/stores/append/partition-for.ts';
import { findKafkaEnds } from '../../../../src/stores/kafka/consume/find-ends.ts';
import { inVirtualTime } from '../../../support/in-virtual-time.ts';
import { startModelBroker } from '../../../support/kafka/start-model-broker.ts';

const fetch = 1;

/** Topics of five partitions and of two. */
async function setUp() {
  const broker = await startModelBroker();
  broker.cluster.addTopic({ name: 'a', partitionCount: 5 });
  broker.cluster.addTopic({ name: 'b', partitionCount: 2 });
  const topics = ['a', 'b', 'a'].map((events) => ({ events, deadLetter: `${events}.dead`, latest: 'none' }));
  return {
    ...broker,
    find: (role: RecordRole = 'events') =>
      findKafkaEnds({ connection: broker.connection, logger: createLogger('silent') }, { role, topics }),
    add: (topic: string, partition: number, count: number) =>
      broker.append(
        topic,
        partition,
        Array.from({ length: count }, () => ({ value: 'v' })),
      ),
  };
}

test('the ends of all partitions of each topic are found', () =>
  inVirtualTime(async () => {
    const { add, cluster, find } = await setUp();
    add('a', 0, 2);
    add('a', 0, 1);
    add('a', 4, 7);
    add('b', 1, 1);
    cluster.logOf('a', 0)?.deleteBefore(2);
    const startedAt = performance.now();
    const { name, parts } = await find();
    const tookMs = performance.now() - startedAt;
    expect(name).toBe('the topic a, the topic b');
    expect(Object.fromEntries(parts)).toEqual({
      ...{ 'a/0': '3', 'a/1': '0', 'a/2': '0', 'a/3': '0', 'a/4': '7' },
      ...{ 'b/0': '0', 'b/1': '1' },
    });
    // It waits for no record.
    expect(tookMs).toBeLessThan(400);
  }));

test('a key has the partition that it has among those of its topic', () =>
  inVirtualTime(async () => {
    const { partOf } = await (await setUp()).find();
    for (const key of ['k', 'l', 'm', 'n', 'o', 'p']) {
      expect(partOf?.('a', key)).toBe(`a/${partitionFor(key, 5)}`);
      expect(partOf?.('b', key)).toBe(`b/${partitionFor(key, 2)}`);
      expect(partOf?.('another', key)).toBe('another/0');
    }
  }));

test('a topic that is not there, or may not be read, is said before anything is sent', () =>
  inVirtualTime(async () => {
    const { cluster, failRequests, find } = await setUp();
    await expect(find('dead-letter')).rejects.toThrow(
      /^Kafka \(127\.0\.0\.1:\d+\) has no topic a\.dead: check KAFKA_DEAD_LETTER_TOPIC/,
    );
    cluster.addTopic({ name: 'none', partitionCount: 1 });
    failRequests((apiKey) => (apiKey === fetch ? { error: 'TOPIC_AUTHORIZATION_FAILED' } : {}));
    await expect(find('latest')).rejects.toThrow(/^reading the topic none: .*Read/);
  }));
