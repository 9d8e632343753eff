import { randomUUID } from 'node:crypto';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { TopicNames } from '../../src/config/topic-names.ts';
import type { LogReset } from '../../src/filter/decide-start.ts';
import {
  FencedError,
  OverdueError,
  type PartitionHold,
  type PartitionOutput,
} from '../../src/filter/filter-store.ts';
import { ConnectionError } from '../../src/stores/kafka/cluster/errors/connection-error.ts';
import type { KafkaAccess } from '../../src/stores/kafka/cluster/kafkajs/connection-options.ts';
import {
  createKafkaFilterStore,
  type KafkaFilterStoreDeps,
} from '../../src/stores/kafka/consume/filter/kafka-filter.ts';
import { captureLog } from '../support/captured-log.ts';
import { filterRules } from '../support/filter/filter-rules.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { createFaultProxy, type FaultProxy } from '../support/kafka/fault-proxy.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { apiKeys } from '../support/kafka/kafka-wire.ts';
import { readCommitted } from '../support/kafka/read-topic.ts';
import { spoils } from '../support/kafka/spoiled-answers.ts';
import { withAdmin } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';

let bootstrap: string;

beforeAll(async () => {
  bootstrap = await kafkaBrokers();
});

function openKafka(
  connection: Partial<KafkaAccess>,
  topics: TopicNames,
  groupId: string,
  options: Partial<KafkaFilterStoreDeps> = {},
) {
  return createKafkaFilterStore({
    settings: { sessionTimeoutMs: 6_000, transactionTimeoutMs: 30_000 },
    compressor: undefined,
    toTransactionalId: (partition) => `${groupId}-${partition}`,
    ...options,
    connection: { brokers: [bootstrap], ...connection },
    rules: { ...filterRules, topics, groupId, windowMs: 259_200_000 },
    onThrottle: () => undefined,
    problems: { observe: () => {} },
    logger: captureLog().logger,
  });
}

/** Processes that share nothing but the group's name. */
function createAcquire(topics: TopicNames, groupId: string) {
  return async (): Promise<PartitionHold> => {
    const kafka = openKafka({}, topics, groupId);
    const hold = await kafka.acquire(0, new AbortController().signal, () => {});
    onTestFinished(() => {
      hold.release();
      kafka.close();
    });
    return hold;
  };
}

function toOutput(value: string, nextOffset: number): PartitionOutput {
  const record = { timestampMs: Date.now(), key: Buffer.from('k'), value: Buffer.from(value), headers: {} };
  return { latest: [record], deadLetters: [], nextOffset, toDeadLetter: () => record };
}

async function setUp() {
  const topics = await createFilterTopics(bootstrap, { partitions: 1 });
  const send = await connectTestProducer(bootstrap);
  await send(
    topics.events,
    Array.from({ length: 10 }, (_, n) => ({ key: 'k', value: `{"revision":${n}}` })),
  );
  const read = async (count: number) =>
    (await readCommitted({ bootstrap, topic: topics.latest }, count)).map(({ value }) => String(value));
  return { topics, read, acquire: createAcquire(topics, randomUUID()) };
}

test('a hold starts where the last commit ended', async () => {
  const { acquire, read } = await setUp();
  const first = await acquire();
  expect(first.startOffset).toBe(0);
  await first.commit(toOutput('one', 3));
  await first.commit(toOutput('two', 7));
  const second = await acquire();
  expect(second.startOffset).toBe(7);
  expect((await second.readInput(7, 0)).records.map(({ offset }) => offset)).toEqual([7, 8, 9]);
  expect(await read(2)).toEqual(['one', 'two']);
});

test('whoever held the partition before can write nothing any more', async () => {
  const { acquire, read } = await setUp();
  const zombie = await acquire();
  await zombie.commit(toOutput('one', 1));
  const owner = await acquire();
  await expect(zombie.commit(toOutput('of the zombie', 2))).rejects.toThrow(FencedError);
  await owner.commit(toOutput('two', 2));
  await expect(zombie.commit(toOutput('of the zombie', 3))).rejects.toThrow(FencedError);
  expect(await read(2)).toEqual(['one', 'two']);
  expect((await acquire()).startOffset).toBe(2);
});

/** A broker behind a proxy, and a store of it. */
async function openProxied(transactionTimeoutMs: number) {
  let proxy: FaultProxy | undefined;
  const cluster = await startKafkaCluster({
    nodes: 1,
    brokerConfig: { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '100' },
    async advertise({ port }) {
      proxy = await createFaultProxy({ brokerPort: port, random: () => 0 });
      return proxy.address;
    },
  });
  const topics = await createFilterTopics(cluster.internalBootstrap, { partitions: 1 });
  const kafka = openKafka({ brokers: [cluster.bootstrap] }, topics, 'group', {
    settings: { sessionTimeoutMs: 6_000, transactionTimeoutMs },
  });
  onTestFinished(async () => {
    kafka.close();
    await cluster.stop();
    await proxy?.close();
  });
  return { proxy, cluster, topics, kafka };
}

test('a transaction that ran over its time is not taken for the work of another process', async () => {
  const { proxy, cluster, topics, kafka } = await openProxied(500);
  const { signal } = new AbortController();
  const slow = await kafka.acquire(0, signal, () => {});
  proxy?.delay(1_000);
  await expect(slow.commit(toOutput('one', 1))).rejects.toThrow(OverdueError);
  slow.release();
  await proxy?.pass();
  const next = await kafka.acquire(0, signal, () => {});
  expect(next.startOffset).toBe(0);
  await next.commit(toOutput('one', 1));
  const zombie = await kafka.acquire(0, signal, () => {});
  const owner = await kafka.acquire(0, signal, () => {});
  await expect(zombie.commit(toOutput('of the zombie', 2))).rejects.toThrow(FencedError);
  owner.release();
  const latest = { bootstrap: cluster.internalBootstrap, topic: topics.latest };
  expect((await readCommitted(latest, 1)).map(({ value }) => String(value))).toEqual(['one']);
});

test('why a hold does not start at the offset of the group is said, also when the answer to its commit is lost', async () => {
  const { proxy, cluster, topics, kafka } = await openProxied(30_000);
  const send = await connectTestProducer(cluster.internalBootstrap);
  await send(
    topics.events,
    Array.from({ length: 10 }, (_, n) => ({ key: 'k', value: `{"revision":${n}}` })),
  );
  const { signal } = new AbortController();
  const first = await kafka.acquire(0, signal, () => {});
  await first.commit(toOutput('one', 3));
  first.release();
  await withAdmin(cluster.internalBootstrap, (admin) =>
    admin.setOffsets({
      ...{ groupId: 'group', topic: topics.events },
      partitions: [{ partition: 0, offset: '7' }],
    }),
  );
  const told: LogReset[] = [];
  // The broker has carried it out.
  proxy?.spoilAnswers(({ apiKey, frame }) =>
    apiKey === apiKeys.endTxn ? spoils['a length of -1']?.(frame) : undefined,
  );
  await expect(kafka.acquire(0, signal, (reset) => told.push(reset))).rejects.toThrow(ConnectionError);
  await proxy?.pass();
  const next = await kafka.acquire(0, signal, (reset) => told.push(reset));
  expect(next.startOffset).toBe(7);
  expect(told).toEqual([{ reason: 'offset_set', committedOffset: 7, startOffset: 7 }]);
});
