import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PartitionQueue } from '../../../src/append/partition-queue.ts';
import type { ClusterView } from '../../../src/kafka/cluster/cluster-view.ts';
import { type ClusterWatcher, createClusterWatcher } from '../../../src/kafka/cluster/cluster-watcher.ts';
import { createPartitionRouter } from '../../../src/kafka/produce/partition-router.ts';
import { defaultProduceSettings as settings } from '../../../src/kafka/produce/produce-settings.ts';
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
  const router = createPartitionRouter({
    topics: ['events'],
    openConnection: brokers.openConnection,
    settings,
    clock,
    random: () => 0,
    metrics: recordMetrics(),
    logger,
    onTrouble: () => watcher?.refresh(),
    onChange: () => undefined,
  });
  watcher = createClusterWatcher({
    reader: { read: async () => view, describeTopic: async () => undefined, close: () => undefined },
    topics: ['events'],
    settings,
    clock,
    logger,
    isCalm: router.isCalm,
    onView: router.apply,
    describe: String,
  });
  return { brokers, router, watcher };
}

test('a partition that refuses records is tried again within seconds, each time', async () => {
  const { brokers, router, watcher } = setUp();
  const waits: number[] = [];
  let answered = 0;
  let refusedSince: number | undefined;
  const offer = (queue: PartitionQueue) => {
    enqueue(queue, ['x']);
    queue.carrier?.pump();
  };
  await vi.advanceTimersByTimeAsync(100);

  for (let passedMs = 0; waits.length < 5 && passedMs < 120_000; passedMs += 50) {
    const queue = router.route('events', 'k');
    if (queue === undefined) {
      refusedSince ??= clock.now();
    } else {
      if (refusedSince !== undefined) {
        waits.push(clock.now() - refusedSince);
        refusedSince = undefined;
      }
      offer(queue);
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
  router.close();
  expect(answered).toBeGreaterThan(5);
  expect(waits).toHaveLength(5);
  const { circuit, refreshMs } = settings;
  expect(Math.max(...waits)).toBeLessThanOrEqual(circuit.probeDelayMs.last + refreshMs.troubled + 100);
});
