import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { declareQueue } from '../../support/rabbitmq/declare-queue.ts';
import { countMembers, findLeader } from '../../support/rabbitmq/find-leader.ts';
import {
  type RabbitMqCluster,
  startRabbitMqCluster,
  toUrl,
} from '../../support/rabbitmq/rabbitmq-cluster.ts';
import type { RabbitMqNode } from '../../support/rabbitmq/rabbitmq-node.ts';
import { startTestSink } from '../../support/rabbitmq/rabbitmq-sink.ts';
import { drainQueue, toStoredRecords } from '../../support/rabbitmq/read-queue.ts';
import { findDisorder, type SinkLoad, startSinkLoad } from '../../support/sink-load.ts';

let cluster: RabbitMqCluster;

beforeAll(async () => {
  cluster = await startRabbitMqCluster({ nodes: 3 });
});

afterAll(async () => {
  await cluster?.stop();
});

afterEach(async () => {
  for (const node of cluster.nodes) {
    node.resume();
    node.start();
  }
  await cluster.whenReady();
});

const keys = ['a', 'b', 'c', 'd', 'e'];
const budgetMs = 8_000;
const providerMs = 10_000;

async function freshQueue(name = `faults-${randomUUID()}`): Promise<string> {
  await declareQueue(toUrl(cluster.nodes[0]?.port ?? 0), name);
  // If all servers are killed shortly after a queue was declared, the queue and its messages may be lost.
  await delay(3_000);
  return name;
}

/**
 * Appends records during a fault and until the store accepts records again. Afterwards, checks that no acknowledged
 * record is missing.
 */
async function withLoad(
  queue: string,
  url: string,
  trouble: (load: SinkLoad) => Promise<void>,
): Promise<SinkLoad> {
  const { sink } = await startTestSink({ url, topics: [queue] });
  const load = startSinkLoad({ sink, topic: queue, keys, budgetMs });
  await expect.poll(() => load.acknowledged.length).toBeGreaterThan(50);
  await trouble(load);
  const after = load.acknowledged.length;
  await expect.poll(() => load.acknowledged.length).toBeGreaterThan(after + 50);
  await load.stop();
  await verify(queue, load);
  return load;
}

async function verify(queue: string, load: SinkLoad): Promise<void> {
  for (const node of cluster.nodes) {
    node.resume();
    node.start();
  }
  await cluster.whenReady();
  const stored = toStoredRecords(await drainQueue(toUrl(cluster.nodes[0]?.port ?? 0), queue));
  const values = new Set(stored.map(({ value }) => value?.toString()));
  expect(load.acknowledged.filter(({ value }) => !values.has(value.toString()))).toEqual([]);
  expect(findDisorder(load, stored)).toEqual([]);
  const answers = [...load.acknowledged, ...load.refused].map(({ tookMs }) => tookMs);
  // Each delivery must get a response within the provider's timeout of ten seconds.
  expect(Math.max(...answers)).toBeLessThan(providerMs);
}

test.each<[string, (leader: RabbitMqNode) => Promise<void>]>([
  ['is killed', (leader) => leader.kill9()],
  [
    'is frozen',
    async (leader) => {
      leader.pause();
      await delay(10_000);
      leader.resume();
    },
  ],
])('nothing acknowledged is lost when the leader of the queue %s', async (_, trouble) => {
  const queue = await freshQueue();
  const leader = await findLeader(cluster, queue);
  await withLoad(queue, cluster.url, () => trouble(leader));
});

test('without a majority nothing is acknowledged', async () => {
  let queue = '';
  await expect
    .poll(
      async () => {
        queue = await freshQueue();
        return countMembers(cluster, queue);
      },
      { timeout: 60_000 },
    )
    .toBe(cluster.nodes.length);
  const [first, ...others] = cluster.nodes;
  const { sink } = await startTestSink({ url: toUrl(first?.port ?? 0), topics: [queue] });
  await sink.append([createRecord(queue, 'a')], deadlineIn(budgetMs));
  for (const node of others) {
    node.pause();
  }
  const startedAt = Date.now();
  await expect(sink.append([createRecord(queue, 'a')], deadlineIn(4_000))).rejects.toMatchObject({
    name: 'SinkError',
  });
  expect(Date.now() - startedAt).toBeLessThan(providerMs);
});
