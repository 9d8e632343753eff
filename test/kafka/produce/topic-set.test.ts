import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ClusterView } from '../../../src/kafka/cluster/cluster-view.ts';
import { type ClusterWatcher, createClusterWatcher } from '../../../src/kafka/cluster/cluster-watcher.ts';
import { defaultProduceSettings as settings } from '../../../src/kafka/produce/produce-settings.ts';
import { createTopicSet } from '../../../src/kafka/produce/topic-set.ts';
import { systemClock as clock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { createFakeBrokers, toFailed } from '../../support/fake-connection.ts';
import { recordMetrics } from '../../support/kafka-sink.ts';
import { enqueue } from '../../support/queued-records.ts';

const view: ClusterView = {
  brokers: new Map([[1, { host: 'broker-1', port: 9092 }]]),
  topics: new Map([
    ['events', { errorCode: 0, partitions: [{ leader: 1, replicas: [1, 2, 3], inSyncCount: 3 }] }],
  ]),
};
const notEnoughReplicas = 19;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const brokers = createFakeBrokers();
  const logger = createLogger('silent');
  let watcher: ClusterWatcher | undefined;
  const topics = createTopicSet({
    expected: [{ topic: 'events', role: 'events', largestValueBytes: 1024 }],
    openConnection: brokers.openConnection,
    settings,
    clock,
    random: () => 0,
    metrics: recordMetrics(),
    logger,
    refreshView: () => watcher?.refresh(),
    onChange: () => undefined,
  });
  watcher = createClusterWatcher({
    reader: { read: async () => view, describeTopic: async () => undefined, close: () => undefined },
    topics: ['events'],
    settings,
    clock,
    logger,
    isHealthy: topics.isHealthy,
    onView: topics.applyView,
    describe: String,
  });
  return { brokers, topics, watcher };
}

test('a partition that refuses records is tried again within seconds, each time', async () => {
  const { brokers, topics, watcher } = setUp();
  const waits: number[] = [];
  let answered = 0;
  let refusedSince: number | undefined;
  const findQueue = () => {
    try {
      return topics.topics.get('events')?.queueFor('k', Number.POSITIVE_INFINITY);
    } catch {
      return undefined;
    }
  };
  await vi.advanceTimersByTimeAsync(100);

  for (let passedMs = 0; waits.length < 5 && passedMs < 120_000; passedMs += 50) {
    const queue = findQueue();
    if (queue === undefined) {
      refusedSince ??= clock.now();
    } else {
      if (refusedSince !== undefined) {
        waits.push(clock.now() - refusedSince);
        refusedSince = undefined;
      }
      enqueue(queue, ['x']);
    }
    await vi.advanceTimersByTimeAsync(50);
    while (brokers.waiting > 0) {
      const { batches, answer } = await brokers.nextProduce();
      answer(batches.map((batch) => toFailed(batch, notEnoughReplicas)));
      answered += 1;
    }
    await vi.advanceTimersByTimeAsync(0);
  }

  watcher.stop();
  topics.close();
  expect(answered).toBeGreaterThan(5);
  expect(waits).toHaveLength(5);
  const { circuit, refreshMs } = settings;
  expect(Math.max(...waits)).toBeLessThanOrEqual(circuit.probeDelayMs.last + refreshMs.unhealthy + 100);
});
