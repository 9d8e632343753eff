import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { partitionFor } from '../../src/stores/append/partition-for.ts';
import { createSeededRandom } from '../../src/tools/provider/simulator/seeded-random.ts';
import { deadlineIn } from '../support/deadline-in.ts';
import { createFaultProxy, type FaultProxy } from '../support/kafka/fault-proxy.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { createTopic, moveLeader, setTopicConfigs, withAdmin } from '../support/kafka/topics.ts';
import { createRecord, createTestSink, type TestSink } from '../support/kafka-sink.ts';
import {
  findDisorder,
  findMissing,
  type Offer,
  type OpenLoad,
  type SinkLoad,
  startOpenLoad,
  startSinkLoad,
} from '../support/sink-load.ts';
import { waitUntil } from '../support/wait-until.ts';

const budgetMs = 8000;
const providerMs = 10_000;
const partitions = 12;

describe('the Kafka sink on three brokers', () => {
  let cluster: KafkaCluster;
  const proxies = new Map<number, FaultProxy>();

  beforeAll(async () => {
    const random = createSeededRandom(7);
    cluster = await startKafkaCluster({
      nodes: 3,
      brokerConfig: { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' },
      advertise: async ({ nodeId, port }) => {
        const proxy = await createFaultProxy({ brokerPort: port, random });
        proxies.set(nodeId, proxy);
        return proxy.address;
      },
    });
    await cluster.whenReady();
  });

  afterAll(async () => {
    await cluster?.stop();
    await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
  });

  async function replicatedTopic(): Promise<string> {
    const topic = `faults-${randomUUID()}`;
    await createTopic(cluster.internalBootstrap, topic, {
      partitions,
      replicationFactor: 3,
      configs: { 'min.insync.replicas': '2' },
    });
    return topic;
  }

  async function startSink(topic: string): Promise<TestSink> {
    const test = createTestSink({ bootstrap: cluster.bootstrap, topics: [topic] });
    onTestFinished(() => test.sink.close());
    await test.sink.start();
    return test;
  }

  /** Keys for every partition, the same number for each. */
  function evenKeys(perPartition: number): readonly string[] {
    const keys = Array.from({ length: 1000 }, (_, index) => `entity-${index}`);
    return Array.from({ length: partitions }, (_, partition) =>
      keys.filter((key) => partitionFor(key, partitions) === partition).slice(0, perPartition),
    ).flat();
  }

  function startLoad({ sink }: TestSink, topic: string): SinkLoad {
    return startSinkLoad({ sink, topic, keys: evenKeys(4), budgetMs, pauseMs: 20 });
  }

  function startSteadyLoad({ sink }: TestSink, topic: string): OpenLoad {
    return startOpenLoad({ sink, topic, keys: evenKeys(2), budgetMs, intervalMs: 50 });
  }

  /** Share of the records offered in a time that were stored within a second: a standstill takes longer. */
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
    // The promise is a time: each hears an answer before the provider's ten seconds are over.
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
    // One replica each: a frozen follower would stop every write to its leader too, whatever the client does.
    const topic = `faults-${randomUUID()}`;
    const configs = { 'min.insync.replicas': '1' };
    await createTopic(cluster.internalBootstrap, topic, { partitions, replicationFactor: 1, configs });
    // Left behind, it would have no leader whenever its broker is down, and kafkajs's admin client then gives up.
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
    // Broker 1 leads all; only the even partitions have a replica on broker 2, which freezes.
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

  it('goes on with the new leaders when a broker is killed, and takes it back afterwards', async () => {
    const topic = await replicatedTopic();
    const test = await startSink(topic);
    const victim = cluster.brokers[1] as (typeof cluster.brokers)[number];
    const leaders = await leadersOf(topic);
    const isVictims = (key: string): boolean => leaders[partitionFor(key, partitions)] === victim.nodeId;
    const load = startLoad(test, topic);
    await waitUntil(() => load.acknowledged.length > 500, { timeoutMs: 20_000, what: 'the load runs' });

    await victim.kill9();
    const killedAt = Date.now();
    await waitUntil(() => load.acknowledged.some(({ key, at }) => isVictims(key) && at > killedAt + 1000), {
      timeoutMs: 20_000,
      what: 'a new leader takes the records',
    });
    expect(test.sink.health().up).toBe(true);
    victim.start();
    await cluster.whenReady(60_000);
    await delay(2000);
    await load.stop();

    await expectNothingLost(load, topic);
  });

  it('follows leaders that move all the time', async () => {
    const topic = await replicatedTopic();
    const test = await startSink(topic);
    const load = startLoad(test, topic);
    const random = createSeededRandom(11);

    for (let moves = 0; moves < 24; moves += 1) {
      const toNodeId = 1 + Math.floor(random() * 3);
      await moveLeader(cluster.internalBootstrap, { topic, partition: moves % partitions, toNodeId });
    }
    await load.stop();

    expect(test.metrics.count('retried', 'stale_leader')).toBeGreaterThan(0);
    expect(load.refused).toEqual([]);
    await expectNothingLost(load, topic);
  });

  it('loses nothing when answers are lost and connections are cut', async () => {
    const topic = await replicatedTopic();
    const test = await startSink(topic);
    const load = startLoad(test, topic);
    await waitUntil(() => load.acknowledged.length > 500, { timeoutMs: 20_000, what: 'the load runs' });

    for (const proxy of proxies.values()) {
      proxy.dropAnswers({ probability: 0.2, ending: 'cut' });
    }
    await delay(4000);
    for (const proxy of proxies.values()) {
      proxy.dropAnswers({ probability: 0.02, ending: 'silent' });
    }
    await delay(4000);
    for (const proxy of proxies.values()) {
      await proxy.pass();
      proxy.cutAll();
    }
    const calmAt = Date.now();
    await waitUntil(() => load.acknowledged.some(({ at }) => at > calmAt + 500), {
      timeoutMs: 30_000,
      what: 'it goes on',
    });
    await load.stop();

    expect([...proxies.values()].some(({ droppedAnswers }) => droppedAnswers > 0)).toBe(true);
    expect(test.metrics.count('rebuilt', 'connection')).toBeGreaterThan(0);
    await expectNothingLost(load, topic);
  });

  it('refuses records while too few replicas are in sync, and recovers without traffic', async () => {
    const topic = await replicatedTopic();
    const { sink } = await startSink(topic);
    const [first, second] = cluster.brokers.slice(1) as [
      (typeof cluster.brokers)[number],
      (typeof cluster.brokers)[number],
    ];
    await first.stop();
    await second.kill9();

    const record = createRecord(topic, 'a');
    const startedAt = Date.now();
    await expect(sink.append([record], deadlineIn(budgetMs))).rejects.toMatchObject({ name: 'SinkError' });
    expect(Date.now() - startedAt).toBeLessThan(providerMs);

    first.start();
    second.start();
    await cluster.whenReady(60_000);
    await waitUntil(() => sink.health().up, { timeoutMs: 20_000, what: 'the sink is up again' });
    await waitUntil(() => sink.append([createRecord(topic, 'a')], deadlineIn(budgetMs)), {
      timeoutMs: 20_000,
      what: 'records are taken again',
    });
  });

  it('takes records soon after the minimum of in-sync replicas was lowered', async () => {
    const topic = `faults-${randomUUID()}`;
    const toMinimum = (count: number) => ({ 'min.insync.replicas': String(count) });
    await createTopic(cluster.internalBootstrap, topic, {
      partitions,
      replicationFactor: 3,
      configs: toMinimum(3),
    });
    const { sink } = await startSink(topic);
    const broker = cluster.brokers[2] as (typeof cluster.brokers)[number];
    await broker.stop();
    const tryOne = () => sink.append([createRecord(topic, 'a')], deadlineIn(budgetMs));
    await waitUntil(
      () =>
        tryOne().then(
          () => false,
          ({ message }: Error) => message.includes('takes no records at present'),
        ),
      { timeoutMs: 30_000, what: 'the partition is refused at once' },
    );

    // The admin client gives up while any topic of the cluster elects a leader.
    await waitUntil(() => setTopicConfigs(cluster.internalBootstrap, topic, toMinimum(2)).then(() => true), {
      timeoutMs: 30_000,
      what: 'the minimum is lowered',
    });
    const loweredAt = Date.now();
    await waitUntil(tryOne, { timeoutMs: 90_000, what: 'records are taken again' });
    const tookMs = Date.now() - loweredAt;
    broker.start();
    await cluster.whenReady(60_000);
    expect(tookMs).toBeLessThan(10_000);
  });
});
