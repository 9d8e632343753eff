import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createSeededRandom } from '../../src/tools/provider/simulator/seeded-random.ts';
import { deadlineIn } from '../support/deadline-in.ts';
import { createFaultProxy, type FaultProxy } from '../support/kafka/fault-proxy.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTopic, setTopicConfigs, withAdmin } from '../support/kafka/topics.ts';
import { createRecord, createTestSink } from '../support/kafka-sink.ts';
import { runCommand } from '../support/run-command.ts';
import { testSecret } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

const budgetMs = 8000;
const least = 'min.insync.replicas';
const read = new Set([
  least,
  'max.message.bytes',
  'cleanup.policy',
  'retention.ms',
  'unclean.leader.election.enable',
  'compression.type',
]);

/** Ways of not reporting a setting, by what they are called in a topic's name. */
const edits: Readonly<Record<string, (name: string, value: string | null) => string | null | undefined>> = {
  'one-left-out': (name, value) => (name === least ? undefined : value),
  'all-left-out': () => undefined,
  'null-values': (name, value) => (read.has(name) ? null : value),
  'no-numbers': (name, value) => (read.has(name) ? 'as-you-like' : value),
  'empty-values': (name, value) => (read.has(name) ? '' : value),
};

describe('topics whose settings brokers do not report as Kafka does', () => {
  let cluster: KafkaCluster;
  const proxies: FaultProxy[] = [];

  beforeAll(async () => {
    cluster = await startKafkaCluster({
      nodes: 3,
      advertise: async ({ port }) => {
        const proxy = await createFaultProxy({ brokerPort: port, random: createSeededRandom(5) });
        proxies.push(proxy);
        return proxy.address;
      },
    });
  });

  beforeEach(() => {
    for (const proxy of proxies) {
      proxy.editSettings(({ of, name, value }) => {
        const edit = Object.entries(edits).find(([way]) => of.startsWith(way))?.[1];
        return edit === undefined ? value : edit(name, value);
      });
    }
  });

  afterAll(async () => {
    await cluster?.stop();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });

  it('a partition that is refused for a while is tried again', async () => {
    const topics = Object.keys(edits).map((way) => `${way}-${randomUUID()}`);
    await withAdmin(cluster.internalBootstrap, (admin) =>
      admin.createTopics({
        topics: topics.map((topic) => ({
          topic,
          replicaAssignment: [{ partition: 0, replicas: [1, 3] }],
          configEntries: [{ name: least, value: '2' }],
        })),
      }),
    );
    const sinks = topics.map((topic) => {
      const test = createTestSink({ bootstrap: cluster.bootstrap, topics: [topic] });
      onTestFinished(() => test.sink.close());
      const store = () => test.sink.append([createRecord(topic, 'a')], deadlineIn(budgetMs));
      return { topic, ...test, store };
    });
    await Promise.all(sinks.map(({ sink }) => sink.start()));
    await Promise.all(sinks.map(({ store }) => store()));

    const follower = cluster.brokers[2];
    await follower?.stop();
    onTestFinished(async () => {
      follower?.start();
      await cluster.whenReady();
    });
    const isRefused = (store: () => Promise<unknown>) =>
      store().then(
        () => false,
        ({ message }: Error) => message.includes('takes no records'),
      );
    await Promise.all(
      sinks.map(({ topic, store }) =>
        waitUntil(() => isRefused(store), { timeoutMs: 30_000, what: `${topic} is refused at once` }),
      ),
    );
    await Promise.all(
      topics.map((topic) => setTopicConfigs(cluster.internalBootstrap, topic, { [least]: '1' })),
    );
    const mendedAt = Date.now();
    await Promise.all(
      sinks.map(({ topic, store }) =>
        waitUntil(store, { timeoutMs: 15_000, what: `${topic} takes records again` }),
      ),
    );

    expect(Date.now() - mendedAt).toBeLessThan(10_000);
    expect(sinks.flatMap(({ log }) => log).join('')).not.toMatch(/NaN|as-you-like/);
  });

  it('a minimum above the number of replicas stops nothing by itself: the broker decides', async () => {
    const topic = `minimum-${randomUUID()}`;
    await createTopic(cluster.internalBootstrap, topic, { configs: { [least]: '2' } });
    const { sink, metrics } = createTestSink({ bootstrap: cluster.bootstrap, topics: [topic] });
    onTestFinished(() => sink.close());
    await sink.start();
    await waitUntil(() => metrics.count('durabilityChecked', topic, 'warning') > 0, {
      timeoutMs: 30_000,
      what: 'the settings are read',
    });
    expect(await sink.append([createRecord(topic, 'a')], deadlineIn(budgetMs))).toEqual([]);
  });

  it.each(Object.keys(edits))('"topics" and "check" say what they do not know: %s', async (way) => {
    const base = `${way}-${randomUUID().slice(0, 8)}`;
    const env = {
      KAFKA_BROKERS: cluster.bootstrap,
      KAFKA_TOPIC: base,
      KAFKA_DEAD_LETTER_TOPIC: `${base}.dead-letter`,
      WEBHOOK_SECRET: testSecret,
    };
    for (const command of ['topics', 'check']) {
      const { code, stdout } = await runCommand([command], env);
      expect({ code, stdout }).toMatchObject({ code: 0 });
      expect(stdout).toMatch(/min\.insync\.replicas is not reported/);
      expect(stdout).not.toMatch(/NaN|as-you-like|min\.insync\.replicas is [^n]/);
    }
  });
});
