import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { kafkaClientId } from '../../src/stores/kafka/cluster/kafkajs/connection-options.ts';
import { createSeededRandom } from '../../src/tools/provider/simulator/seeded-random.ts';
import { toEventMessage } from '../support/filter/event-message.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, whenReady } from '../support/filter/test-filter.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { type ClientQuotas, setClientQuotas } from '../support/kafka/client-quotas.ts';
import { createFaultProxy, type FaultProxy } from '../support/kafka/fault-proxy.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readCommitted, readTopic } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { createTestSink } from '../support/kafka-sink.ts';
import { findDisorder, findMissing, startOpenLoad } from '../support/sink-load.ts';
import { waitUntil } from '../support/wait-until.ts';

const budgetMs = 8000;

describe('on a broker with quotas', () => {
  let cluster: KafkaCluster;
  let proxy: FaultProxy;

  beforeAll(async () => {
    cluster = await startKafkaCluster({
      nodes: 1,
      advertise: async ({ port }) => {
        proxy = await createFaultProxy({ brokerPort: port, random: createSeededRandom(5) });
        return proxy.address;
      },
    });
  });

  afterAll(async () => {
    await cluster?.stop();
    await proxy?.close();
  });

  async function limit(quotas: ClientQuotas): Promise<void> {
    await setClientQuotas(cluster.brokers[0]?.port ?? 0, kafkaClientId, quotas);
  }

  async function startSink() {
    const topic = `quota-${randomUUID()}`;
    await createTopic(cluster.internalBootstrap, topic, { partitions: 3 });
    const test = createTestSink({ bootstrap: cluster.bootstrap, topics: [topic] });
    onTestFinished(() => test.sink.close());
    await test.sink.start();
    return { topic, ...test };
  }

  it('the receiver keeps its connection and loses nothing with a tenth of what is offered', async () => {
    await limit({ producer_byte_rate: 6_000 });
    onTestFinished(() => limit({ producer_byte_rate: null }));
    const { topic, sink, metrics } = await startSink();
    const keys = Array.from({ length: 10 }, (_, index) => `entity-${index}`);
    const load = startOpenLoad({ sink, topic, keys, budgetMs, intervalMs: 50 });
    await delay(15_000);
    await load.stop();

    expect(metrics.count('rebuilt')).toBe(0);
    expect(metrics.count('retried')).toBe(0);
    expect(metrics.events.filter(([name]) => name === 'throttled').length).toBeGreaterThan(0);
    expect(load.acknowledged.length).toBeGreaterThan(100);
    // Each delivery must get a response within the provider's timeout of ten seconds.
    expect(Math.max(...load.refused.map(({ tookMs }) => tookMs), 0)).toBeLessThan(10_000);
    const stored = await readTopic({ bootstrap: cluster.internalBootstrap, topic, headers: false });
    expect(findMissing(load, stored)).toEqual([]);
    expect(findDisorder(load, stored)).toEqual([]);
  });

  it('the filter waits as long as it is told, on the connections that it has', async ({ annotate }) => {
    const partitions = 2;
    const topics = await createFilterTopics(cluster.internalBootstrap, { partitions });
    const send = await connectTestProducer(cluster.internalBootstrap);
    const entities = Array.from({ length: 1000 }, (_, index) => `entity-${index}`);
    const sendAll = (revision: bigint) =>
      send(
        topics.events,
        entities.map((entity) => toEventMessage({ entity, revision }, partitions)),
      );
    await sendAll(1n);
    const filter = await startTestFilter(toFilterEnv(cluster.bootstrap, topics));
    await whenReady(filter);
    await waitUntil(async () => (await filter.metric('comapi_webhook_filter_records_total')) >= 1000, {
      timeoutMs: 20_000,
      what: 'the first round is filtered',
    });

    await limit({ consumer_byte_rate: 50_000, producer_byte_rate: 50_000 });
    onTestFinished(() => limit({ consumer_byte_rate: null, producer_byte_rate: null }));
    const ended = () => proxy.acceptedCount - proxy.connectionCount;
    const endedBefore = ended();
    await sendAll(2n);
    await sendAll(3n);
    await waitUntil(async () => (await filter.metric('comapi_webhook_filter_records_total')) >= 3000, {
      timeoutMs: 60_000,
      what: `everything is filtered\n${filter.log.text()}`,
    });

    expect(ended() - endedBefore).toBe(0);
    const throttled = await filter.metric('comapi_webhook_kafka_throttled_seconds_total');
    await annotate(`the filter was held back for ${throttled} s`);
    expect(throttled).toBeGreaterThan(0);
    const states = await readCommitted({ bootstrap: cluster.internalBootstrap, topic: topics.latest }, 3000);
    expect(states).toHaveLength(3000);
  });
});
