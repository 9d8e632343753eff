import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createSmallDisk, type SmallDisk } from '../faults/journal/small-disk.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { createTestSink } from '../support/kafka-sink.ts';
import { findDisorder, findMissing, startSinkLoad } from '../support/sink-load.ts';
import { waitUntil } from '../support/wait-until.ts';

test('the disk of a broker is full: its partitions go on elsewhere, and nothing is lost', async () => {
  let disk: SmallDisk | undefined;
  const cluster = await startKafkaCluster({
    nodes: 3,
    async mountData(nodeId, directory) {
      if (nodeId !== 3) {
        return undefined;
      }
      disk = await createSmallDisk(directory, 64);
      return disk;
    },
  });
  onTestFinished(async () => {
    await cluster.stop();
    disk?.close();
  });
  const topic = `disk-${randomUUID()}`;
  const configs = { 'min.insync.replicas': '2' };
  await createTopic(cluster.bootstrap, topic, { partitions: 6, replicationFactor: 3, configs });
  const { sink } = createTestSink({ bootstrap: cluster.bootstrap, topics: [topic] });
  onTestFinished(() => sink.close());
  await sink.start();
  const keys = Array.from({ length: 24 }, (_, index) => `entity-${index}`);
  const load = startSinkLoad({ sink, topic, keys, budgetMs: 8000, pauseMs: 20 });
  await waitUntil(() => load.acknowledged.length > 300, { timeoutMs: 20_000, what: 'the load runs' });

  const full = cluster.brokers[2];
  await disk?.fill();
  // Kafka takes a directory that it cannot write to for lost, and a broker that has no other one ends.
  await waitUntil(() => full?.isRunning() === false, { timeoutMs: 30_000, what: 'the broker has ended' });
  const endedAt = Date.now();
  await waitUntil(
    () => keys.every((key) => load.acknowledged.some((one) => one.key === key && one.at > endedAt)),
    {
      timeoutMs: 30_000,
      what: 'every key is stored again',
    },
  );
  await disk?.makeRoom();
  full?.start();
  await cluster.whenReady();
  await delay(2_000);
  await load.stop();

  const stored = await readTopic({ bootstrap: cluster.internalBootstrap, topic, headers: false });
  expect(findMissing(load, stored)).toEqual([]);
  expect(findDisorder(load, stored)).toEqual([]);
  expect(Math.max(...load.refused.map(({ tookMs }) => tookMs), 0)).toBeLessThan(8500);
}, 120_000);
