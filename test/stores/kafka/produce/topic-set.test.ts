import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SinkError } from '../../../../src/ports/sink.ts';
import { systemClock as clock } from '../../../../src/runtime/clock.ts';
import { createLogger } from '../../../../src/runtime/logger.ts';
import { QueueSet } from '../../../../src/stores/append/queue-set.ts';
import type { ClusterView } from '../../../../src/stores/kafka/cluster/cluster-view.ts';
import { ConnectionError } from '../../../../src/stores/kafka/cluster/errors/connection-error.ts';
import {
  type ClusterWatcher,
  createClusterWatcher,
} from '../../../../src/stores/kafka/produce/follow-cluster.ts';
import { defaultProduceSettings as settings } from '../../../../src/stores/kafka/produce/produce-settings.ts';
import { createTopicSet } from '../../../../src/stores/kafka/produce/topic-set.ts';
import { createFakeBrokers, toFailed } from '../../../support/fake-connection.ts';
import { recordMetrics } from '../../../support/kafka-sink.ts';
import { enqueue } from '../../../support/queued-records.ts';

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
  const queueSet = new QueueSet({ topics: topics.topics, queueWord: 'partition', close: topics.close });
  return { brokers, topics, queueSet, watcher };
}

test('a partition that refuses records is tried again within seconds, each time', async () => {
  const { brokers, topics, queueSet, watcher } = setUp();
  const waits: number[] = [];
  let answered = 0;
  let refusedSince: number | undefined;
  const findQueue = () => {
    try {
      return queueSet.choose({ topic: 'events', key: 'k' }, Number.POSITIVE_INFINITY);
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

test('a topic that is not configured takes no record', () => {
  const { queueSet, watcher } = setUp();
  expect(() => queueSet.choose({ topic: 'other', key: 'k' }, Number.POSITIVE_INFINITY)).toThrow(
    'other is not among the configured topics.',
  );
  watcher.stop();
});

test('a topic none of whose partitions can be reached says why, until one can', async () => {
  const { brokers, topics, queueSet, watcher } = setUp();
  expect(queueSet.problems()).toEqual(['nothing is known of the topic events yet']);
  brokers.onConnect = () => Promise.reject(new ConnectionError('connection', 'refused'));
  await vi.advanceTimersByTimeAsync(10);
  expect(queueSet.problems()).toEqual([
    'no partition of events takes records: broker broker-1:9092: refused',
  ]);
  expect(topics.isHealthy()).toBe(false);
  brokers.onConnect = () => Promise.resolve();
  await vi.advanceTimersByTimeAsync(500);
  expect(queueSet.problems()).toEqual([]);
  expect(topics.isHealthy()).toBe(true);
  watcher.stop();
  topics.close();
});

test('records are counted while they wait and while they are in flight, as long as someone waits for them', async () => {
  const { brokers, topics, queueSet, watcher } = setUp();
  await vi.advanceTimersByTimeAsync(10);
  const queue = queueSet.choose({ topic: 'events', key: 'k' }, Number.POSITIVE_INFINITY);
  enqueue(queue, ['a', 'b']);
  await vi.advanceTimersByTimeAsync(0);
  const givenUp = enqueue(queue, ['c']);
  expect(queueSet.depth()).toEqual({ records: 3, bytes: 300 });
  givenUp.fail(new SinkError('sink_timeout', 'too late'));
  queueSet.purge();
  expect(queueSet.depth()).toEqual({ records: 2, bytes: 200 });
  (await brokers.nextProduce()).store();
  await vi.advanceTimersByTimeAsync(0);
  expect(queueSet.depth()).toEqual({ records: 0, bytes: 0 });
  watcher.stop();
  topics.close();
});
