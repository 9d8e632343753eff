import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { partitionFor } from '../../src/stores/append/partition-for.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { createTopic, withAdmin } from '../support/kafka/topics.ts';
import { createTestSink, type TestSink } from '../support/kafka-sink.ts';
import {
  findDisorder,
  findMissing,
  type Offer,
  type OpenLoad,
  type SinkLoad,
  startOpenLoad,
} from '../support/sink-load.ts';
import { waitUntil } from '../support/wait-until.ts';

const budgetMs = 8000;
const providerMs = 10_000;
const partitions = 12;

describe('the Kafka sink on three brokers', () => {
  let cluster: KafkaCluster;

  beforeAll(async () => {
    cluster = await startKafkaCluster({
      nodes: 3,
      brokerConfig: { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' },
    });
    await cluster.whenReady();
  });

  afterAll(async () => {
    await cluster?.stop();
  });

  async function startSink(topic: string): Promise<TestSink> {
    const test = createTestSink({ bootstrap: cluster.bootstrap, topics: [topic] });
    onTestFinished(() => test.sink.close());
    await test.sink.start();
    return test;
  }

  /** Returns keys that are evenly distributed: the same number for every partition. */
  function evenKeys(perPartition: number): readonly string[] {
    const keys = Array.from({ length: 1000 }, (_, index) => `entity-${index}`);
    return Array.from({ length: partitions }, (_, partition) =>
      keys.filter((key) => partitionFor(key, partitions) === partition).slice(0, perPartition),
    ).flat();
  }

  function startSteadyLoad({ sink }: TestSink, topic: string): OpenLoad {
    return startOpenLoad({ sink, topic, keys: evenKeys(2), budgetMs, intervalMs: 50 });
  }

  /** Share of the appended records that were stored within a second. If the sink stalls, records take longer. */
  function storedShare(
    offers: readonly Offer[],
    isCounted: (key: string) => boolean,
    from: number,
    to: number,
  ): number {
    const counted = offers.filter(({ key, at }) => isCounted(key) && at >= from && at < to - 1000);
    const stored = counted.filter(({ outcome }) => outcome?.code === 'stored' && outcome.tookMs < 1000);
    expect(counted.length).toBeGreaterThan(100);
    return stored.length / counted.length;
  }

  async function expectNothingLost(load: SinkLoad, topic: string): Promise<void> {
    const stored = await readTopic({ bootstrap: cluster.internalBootstrap, topic, headers: false });
    expect(load.acknowledged.length).toBeGreaterThan(100);
    expect(findMissing(load, stored)).toEqual([]);
    expect(findDisorder(load, stored)).toEqual([]);
    expect(
      stored.every(({ key, partition }) => partitionFor(key?.toString() ?? '', partitions) === partition),
    ).toBe(true);
    // The sink must respond within the provider's timeout of ten seconds.
    const answers = [...load.acknowledged, ...load.refused].map(({ tookMs }) => tookMs);
    expect(Math.max(...answers)).toBeLessThan(providerMs);
  }

  async function leadersOf(topic: string): Promise<readonly number[]> {
    return withAdmin(cluster.internalBootstrap, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return (topics[0]?.partitions ?? [])
        .toSorted((a, b) => a.partitionId - b.partitionId)
        .map(({ leader }) => leader);
    });
  }

  it('holds up only the partitions of a frozen broker, and refuses their records in time', async () => {
    // Each partition has only one replica. With several replicas, a frozen follower would also stop every write to its
    // leader, regardless of the client.
    const topic = `faults-${randomUUID()}`;
    const configs = { 'min.insync.replicas': '1' };
    await createTopic(cluster.internalBootstrap, topic, { partitions, replicationFactor: 1, configs });
    // Deletes the topic after the test. Otherwise, it would have no leader while its broker is down, and the kafkajs
    // admin client would give up.
    onTestFinished(() =>
      withAdmin(cluster.internalBootstrap, (admin) => admin.deleteTopics({ topics: [topic] })),
    );
    const test = await startSink(topic);
    const leaders = await leadersOf(topic);
    const frozen = leaders[0] as number;
    const isFrozen = (key: string): boolean => leaders[partitionFor(key, partitions)] === frozen;
    const load = startSteadyLoad(test, topic);
    await waitUntil(() => load.acknowledged.length > 500, { timeoutMs: 20_000, what: 'the load runs' });

    const frozenFrom = Date.now();
    cluster.brokers.find(({ nodeId }) => nodeId === frozen)?.pause();
    await delay(8000);
    const frozenTo = Date.now();
    cluster.brokers.find(({ nodeId }) => nodeId === frozen)?.resume();
    await waitUntil(() => load.acknowledged.some(({ key, at }) => isFrozen(key) && at > frozenTo + 500), {
      timeoutMs: 30_000,
      what: 'the thawed broker is used again',
    });
    await load.stop();

    expect(storedShare(load.offers, (key) => !isFrozen(key), frozenFrom, frozenTo)).toBeGreaterThan(0.9);
    expect(storedShare(load.offers, isFrozen, frozenFrom + 500, frozenTo)).toBe(0);
    expect(load.refused.length).toBeGreaterThan(0);
    expect(load.refused.every(({ key }) => isFrozen(key))).toBe(true);
    await expectNothingLost(load, topic);
  });

  it('does not let a frozen follower hold up partitions that have no replica on it', async () => {
    const topic = `faults-${randomUUID()}`;
    // Broker 1 leads all partitions. Only the even partitions have a replica on broker 2, which freezes.
    const followerOf = (partition: number): number => (partition % 2 === 0 ? 2 : 3);
    await createTopic(cluster.internalBootstrap, topic, {
      partitions,
      replicas: (partition) => [1, followerOf(partition)],
      configs: { 'min.insync.replicas': '1' },
    });
    const test = await startSink(topic);
    const isHeldUp = (key: string): boolean => followerOf(partitionFor(key, partitions)) === 2;
    const load = startSteadyLoad(test, topic);
    await waitUntil(() => load.acknowledged.length > 500, { timeoutMs: 20_000, what: 'the load runs' });

    const frozenFrom = Date.now();
    cluster.brokers.find(({ nodeId }) => nodeId === 2)?.pause();
    await delay(2500);
    const frozenTo = Date.now();
    cluster.brokers.find(({ nodeId }) => nodeId === 2)?.resume();
    await waitUntil(() => load.acknowledged.some(({ key, at }) => isHeldUp(key) && at > frozenTo), {
      timeoutMs: 30_000,
      what: 'the others go on',
    });
    await load.stop();

    expect(storedShare(load.offers, (key) => !isHeldUp(key), frozenFrom, frozenTo)).toBeGreaterThan(0.9);
    expect(storedShare(load.offers, isHeldUp, frozenFrom + 200, frozenTo)).toBe(0);
    await expectNothingLost(load, topic);
  });
});
