import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { mendRequestQueue } from '../../src/stores/kafka/cluster/kafkajs/mend-kafkajs.ts';
import { createFaultProxy, type FaultProxy } from '../support/kafka/fault-proxy.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { knownBrokers } from '../support/kafka/known-brokers.ts';
import { readCommitted, readTopic } from '../support/kafka/read-topic.ts';
import { addPartitions, createTopic, moveLeader, withAdmin } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { waitUntil } from '../support/wait-until.ts';

function createKafka(bootstrap: string, requestTimeout = 3_000): Kafka {
  mendRequestQueue();
  return new Kafka({
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    requestTimeout,
    retry: { retries: 0 },
  });
}

async function connectProducer(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  return producer;
}

async function leaderOf(bootstrap: string, topic: string): Promise<number | undefined> {
  return withAdmin(bootstrap, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions[0]?.leader;
  });
}

describe('the shared Kafka', () => {
  test('gives back every byte of key, value and headers to an independent reader', async () => {
    const bootstrap = await kafkaBrokers();
    const topic = `harness-${randomUUID()}`;
    await createTopic(bootstrap, topic, { partitions: 3 });
    const producer = await connectProducer(createKafka(bootstrap));
    const value = Buffer.concat([Buffer.from([0, 10, 13, 255, 254]), randomBytes(100_000)]);
    const headers = { ce_subject: 'a,b=c\n"ü"', empty: '', 'content-type': 'application/json' };
    await producer.send({
      topic,
      messages: [
        { partition: 2, key: 'key\nü', value, headers },
        { partition: 2, key: null, value: null },
        { partition: 0, key: '', value: '' },
      ],
    });

    const records = await readTopic({ bootstrap, topic });

    expect(
      records.map(({ partition, offset }) => `${partition}:${offset}`).toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(['0:0', '2:0', '2:1']);
    const [first, second] = records.filter((record) => record.partition === 2);
    expect(first?.key?.toString()).toBe('key\nü');
    expect(first?.value?.equals(value)).toBe(true);
    expect(first?.headers).toEqual(headers);
    expect(second).toMatchObject({ key: null, value: null, headers: {} });
    const empty = records.find((record) => record.partition === 0);
    expect([empty?.key?.length, empty?.value?.length]).toEqual([0, 0]);
  });

  test('hides aborted transactions from a reader of committed records only', async () => {
    const bootstrap = await kafkaBrokers();
    const topic = `harness-${randomUUID()}`;
    await createTopic(bootstrap, topic);
    const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    for (const end of ['abort', 'commit'] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value: end }] });
      await transaction[end]();
    }

    const options = { bootstrap, topic, headers: false };
    const committed = await readCommitted(options, 1);
    expect(committed.map(({ value }) => String(value))).toEqual(['commit']);
    const all = await readTopic(options);
    expect(all.map(({ value }) => String(value))).toEqual(['abort', 'commit']);
  });

  test('refuses topics that nobody created, and takes more partitions', async () => {
    const bootstrap = await kafkaBrokers();
    const topic = `harness-${randomUUID()}`;
    const producer = await connectProducer(createKafka(bootstrap));
    await expect(producer.send({ topic, messages: [{ value: 'x' }] })).rejects.toThrow();
    await createTopic(bootstrap, topic, { partitions: 1, configs: { 'max.message.bytes': '2000' } });
    await addPartitions(bootstrap, topic, 3);
    await producer.send({ topic, messages: [{ partition: 2, value: 'x' }] });
    expect((await readTopic({ bootstrap, topic })).map((record) => record.partition)).toEqual([2]);
    await expect(producer.send({ topic, messages: [{ value: 'x'.repeat(3_000) }] })).rejects.toThrow(
      /larger|size/,
    );
  });
});

describe('a cluster of three behind proxies', () => {
  const proxies: FaultProxy[] = [];
  let cluster: KafkaCluster;

  beforeAll(async () => {
    cluster = await startKafkaCluster({
      nodes: 3,
      advertise: async ({ port }) => {
        const proxy = await createFaultProxy({ brokerPort: port, random: () => 0 });
        proxies.push(proxy);
        return proxy.address;
      },
    });
  });

  afterAll(async () => {
    await cluster.stop();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });

  async function createThreefold(): Promise<string> {
    const topic = `harness-${randomUUID()}`;
    await createTopic(cluster.internalBootstrap, topic, { replicationFactor: 3 });
    return topic;
  }

  test('goes on without a leader killed with -9, and takes it back on its own data', async () => {
    const topic = await createThreefold();
    await moveLeader(cluster.internalBootstrap, { topic, partition: 0, toNodeId: 1 });
    const bootstrap = cluster.internalBootstrap;
    const producer = await connectProducer(createKafka(bootstrap));
    const messages = [{ value: 'before' }];
    await producer.send({ topic, messages, acks: -1 });

    const [first] = cluster.brokers;
    await first?.kill9();
    expect(first?.isRunning()).toBe(false);
    const rest = bootstrap.split(',').slice(1).join(',');
    const next = await waitUntil(
      async () => {
        const leader = await leaderOf(rest, topic);
        return leader !== undefined && leader > 1 && leader;
      },
      { timeoutMs: 20_000, what: 'another node leads' },
    );
    const successor = await connectProducer(createKafka(rest));
    // One node may name the new leader before that one knows: until then it refuses, and stores nothing.
    await waitUntil(
      () => successor.send({ topic, messages: [{ value: 'while it is gone' }], acks: -1 }).then(() => true),
      { timeoutMs: 60_000, what: 'the new leader takes records' },
    );
    first?.start();
    await cluster.whenReady();
    await waitUntil(() => moveLeader(rest, { topic, partition: 0, toNodeId: 1 }).then(() => true), {
      timeoutMs: 20_000,
      what: 'the killed node leads again',
    });

    expect(next).not.toBe(1);
    const records = await readTopic({ bootstrap, topic });
    expect(records.map(({ value }) => value?.toString())).toEqual(['before', 'while it is gone']);
  });

  test('has brokers that can be frozen and thawed', async () => {
    const broker = cluster.brokers[0];
    const port = Number(cluster.internalBootstrap.split(',')[0]?.split(':')[1]);
    broker?.pause();
    await expect(knownBrokers(port)).rejects.toThrow(/in time/);
    broker?.resume();
    await cluster.whenReady();
    expect(await knownBrokers(port)).toContain(1);
  });

  test.for(['cut', 'silent'] as const)(
    'loses the answer of what the broker has stored (%s)',
    async (ending) => {
      const topic = await createThreefold();
      const producer = await connectProducer(createKafka(cluster.bootstrap, 1_000));
      for (const proxy of proxies) {
        proxy.dropAnswers({ probability: 1, ending });
      }
      await expect(producer.send({ topic, messages: [{ value: 'x' }] })).rejects.toThrow();
      await Promise.all(proxies.map((proxy) => proxy.pass()));
      const records = await readTopic({ bootstrap: cluster.bootstrap, topic });
      expect(records.map(({ value }) => value?.toString())).toEqual(['x']);
    },
  );

  test('has proxies that refuse, cut, freeze and delay', async () => {
    const [proxy] = proxies;
    if (proxy === undefined) {
      throw new Error('no proxy');
    }
    await expect(knownBrokers(proxy.port)).resolves.toHaveLength(3);
    await proxy.refuse();
    await expect(knownBrokers(proxy.port)).rejects.toThrow(/ECONNREFUSED/);
    await proxy.pass();
    proxy.freeze();
    const late = knownBrokers(proxy.port);
    await waitUntil(() => proxy.connectionCount > 0, { timeoutMs: 30_000, what: 'a connection' });
    await proxy.pass();
    await expect(late).resolves.toHaveLength(3);
    proxy.freeze();
    const cut = knownBrokers(proxy.port);
    await waitUntil(() => proxy.connectionCount > 0, { timeoutMs: 30_000, what: 'a connection' });
    expect(proxy.cutAll()).toBeGreaterThan(0);
    await expect(cut).rejects.toThrow();
    await proxy.pass();
    proxy.delay(150);
    const start = performance.now();
    await knownBrokers(proxy.port);
    expect(performance.now() - start).toBeGreaterThan(590);
    await proxy.pass();
  });
});

test('a cluster with SASL and TLS takes the right user and no other', async () => {
  const sasl = { username: 'receiver', password: 'correct horse' };
  const cluster = await startKafkaCluster({ nodes: 1, sasl, tls: true });
  onTestFinished(() => cluster.stop());
  const ca = await readFile(cluster.certificates?.caFile ?? '', 'utf8');
  for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
    for (const [brokers, ssl] of [
      [cluster.saslBootstrap, undefined],
      [cluster.saslTlsBootstrap, { ca }],
    ] as const) {
      const connect = (password: string) =>
        new Kafka({
          brokers: [brokers ?? ''],
          logLevel: logLevel.NOTHING,
          retry: { retries: 0 },
          sasl: { mechanism: mechanism as 'plain', username: sasl.username, password },
          ...(ssl && { ssl }),
        }).admin();
      const admin = connect(sasl.password);
      await admin.connect();
      expect((await admin.describeCluster()).brokers).toHaveLength(1);
      await admin.disconnect();
      const refused = connect('wrong');
      await expect(refused.connect()).rejects.toThrow();
      await refused.disconnect();
    }
  }
  const tls = new Kafka({
    brokers: [cluster.tlsBootstrap ?? ''],
    logLevel: logLevel.NOTHING,
    ssl: { ca },
  }).admin();
  await tls.connect();
  await expect(tls.describeCluster()).resolves.toBeDefined();
  await tls.disconnect();
});

test('brokers do not outlive the process that started them, even when it is killed with -9', async () => {
  const script = `
    import { startKafkaCluster } from ${JSON.stringify(new URL('../support/kafka/kafka-cluster.ts', import.meta.url).href)};
    const cluster = await startKafkaCluster({ nodes: 1 });
    console.log(cluster.brokers[0].port);
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  await expect(knownBrokers(port)).resolves.toHaveLength(1);
  child.kill('SIGKILL');
  await waitUntil(
    () =>
      knownBrokers(port).then(
        () => false,
        (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED',
      ),
    { timeoutMs: 30_000, what: 'the broker is gone' },
  );
});
