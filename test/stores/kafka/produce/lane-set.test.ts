import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../../src/runtime/clock.ts';
import type { PartitionQueue } from '../../../../src/stores/append/partition-queue.ts';
import type { ClusterView, PartitionView } from '../../../../src/stores/kafka/cluster/cluster-view.ts';
import { ConnectionError } from '../../../../src/stores/kafka/cluster/errors/connection-error.ts';
import { defaultProduceSettings } from '../../../../src/stores/kafka/produce/kafka-sink.ts';
import { LaneSet } from '../../../../src/stores/kafka/produce/lane-set.ts';
import { captureLog } from '../../../support/captured-log.ts';
import { createFakeBrokers } from '../../../support/fake-connection.ts';
import { useFakeTimers } from '../../../support/fake-timers.ts';
import { recordMetrics } from '../../../support/kafka-sink.ts';
import { createQueue, enqueue } from '../../../support/queued-records.ts';

const view: ClusterView = {
  brokers: new Map([1, 2, 3, 4].map((broker) => [broker, { host: `broker-${broker}`, port: 9092 }])),
  topics: new Map(),
};

function createPartitionView(...replicas: number[]): PartitionView {
  return { leader: replicas[0] ?? -1, replicas, inSyncCount: replicas.length };
}

function setUp() {
  const brokers = createFakeBrokers();
  const metrics = recordMetrics();
  const { logger, lines } = captureLog();
  const lanes = new LaneSet({
    openConnection: brokers.openConnection,
    settings: defaultProduceSettings,
    clock: systemClock,
    metrics,
    logger,
    watcher: { refresh: () => undefined },
  });
  const everyQueue = (): boolean => true;
  return { brokers, metrics, lanes, everyQueue, lines };
}

function send(queue: PartitionQueue, name: string) {
  return enqueue(queue, [name]);
}

describe('lane set', () => {
  useFakeTimers();

  const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

  it('shares a request among partitions with the same leader and replicas only', async () => {
    const { brokers, lanes } = setUp();
    const [a, b, c] = [createQueue(0), createQueue(1), createQueue(2)];
    lanes.assign(a, createPartitionView(1, 2, 3), view);
    lanes.assign(b, createPartitionView(1, 3, 2), view);
    lanes.assign(c, createPartitionView(1, 2, 4), view);
    expect(a.sender).toBe(b.sender);
    expect(a.sender).not.toBe(c.sender);
    for (const queue of [a, b, c]) {
      send(queue, 'x');
    }
    await settle();
    const requests = [await brokers.nextProduce(), await brokers.nextProduce()];
    const partitions = requests.map(({ values }) => Object.keys(values).join());
    expect(partitions.toSorted()).toEqual(['0,1', '2']);
    expect(new Set(requests.map(({ connection }) => connection.address.host))).toEqual(new Set(['broker-1']));
  });

  it('has eight lanes to a broker at most, and lets sets of replicas share one that have most in common', async () => {
    const { brokers, lanes, everyQueue } = setUp();
    const followers = Array.from({ length: 12 }, (_, index) => [10 + index, 11 + index] as const);
    const queues = followers.map((pair, partition) => {
      const queue = createQueue(partition);
      lanes.assign(queue, createPartitionView(1, ...pair), view);
      return queue;
    });
    await settle();
    expect(brokers.connections).toHaveLength(8);
    // All eight connections are in use, so the ninth queue, whose followers are 18 and 19, shares the lane of the
    // eighth queue, which also has follower 18.
    expect(queues[8]?.sender).toBe(queues[7]?.sender);

    const twin = createQueue(12);
    lanes.assign(twin, createPartitionView(1, 15, 14), view);
    expect(twin.sender).toBe(queues[4]?.sender);
    lanes.update(view, (queue) => queue === twin);
    expect(brokers.connections.filter((connection) => !connection.isClosed())).toHaveLength(1);
    const back = createQueue(13);
    lanes.assign(back, createPartitionView(1, 10, 11), view);
    await settle();
    expect(brokers.connections.filter((connection) => !connection.isClosed())).toHaveLength(2);
    lanes.update(view, everyQueue);
  });

  it('has no lane for a partition without a leader', () => {
    const { brokers, lanes } = setUp();
    const queue = createQueue();
    lanes.assign(queue, { leader: -1, replicas: [1, 2], inSyncCount: 0 }, view);
    lanes.assign(queue, undefined, view);
    expect(queue.sender).toBeUndefined();
    expect(brokers.connections).toEqual([]);
  });

  it('sends what waits through the new leader when a partition moves, and closes the lane that is left', async () => {
    const { brokers, metrics, lanes, everyQueue, lines } = setUp();
    brokers.onConnect = ({ host }) =>
      host === 'broker-1' ? Promise.reject(new ConnectionError('connection', 'refused')) : Promise.resolve();
    const queue = createQueue();
    lanes.assign(queue, createPartitionView(1, 2), view);
    const append = send(queue, 'x');
    await vi.advanceTimersByTimeAsync(500);
    const msg = 'cannot connect to Kafka: refused';
    expect(lines[0]).toMatchObject({ level: 'warn', broker: 1, reason: 'connection', msg });
    lanes.assign(queue, createPartitionView(2, 1), view);
    lanes.update(view, everyQueue);
    await settle();
    const request = await brokers.nextProduce();
    expect(request.connection.address.host).toBe('broker-2');
    request.store();
    expect(await append.promise).toEqual([]);
    expect(metrics.count('forgotten', 1)).toBe(1);
    const attempts = brokers.connections.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(brokers.connections.length).toBe(attempts);
  });

  it('lets a request finish before it closes the lane that its partition has left', async () => {
    const { brokers, lanes, everyQueue } = setUp();
    const queue = createQueue();
    lanes.assign(queue, createPartitionView(1, 2), view);
    const append = send(queue, 'x');
    await settle();
    const request = await brokers.nextProduce();
    lanes.assign(queue, createPartitionView(2, 1), view);
    lanes.update(view, everyQueue);
    expect(request.connection.isClosed()).toBe(false);
    request.store();
    expect(await append.promise).toEqual([]);
    await settle();
    lanes.update(view, everyQueue);
    expect(request.connection.isClosed()).toBe(true);
  });

  it('follows a broker to another address', async () => {
    const { brokers, lanes, everyQueue } = setUp();
    lanes.assign(createQueue(), createPartitionView(1, 2), view);
    await settle();
    const moved = new Map([...view.brokers, [1, { host: 'elsewhere', port: 9092 }]]);
    lanes.update({ ...view, brokers: moved }, everyQueue);
    await settle();
    expect(brokers.connections.map(({ address }) => address.host)).toEqual(['broker-1', 'elsewhere']);
  });

  it('forgets the queues of partitions that are gone', async () => {
    const { brokers, lanes } = setUp();
    const queue = createQueue();
    lanes.assign(queue, createPartitionView(1, 2), view);
    await settle();
    lanes.update(view, () => false);
    expect(brokers.connections.every((connection) => connection.isClosed())).toBe(true);
  });

  it('reports the worst circuit of the lanes to a broker, and each change once', async () => {
    const { metrics, lanes, lines } = setUp();
    const [a, b, c] = [createQueue(0), createQueue(1), createQueue(2)];
    lanes.assign(a, createPartitionView(1, 2), view);
    lanes.assign(b, createPartitionView(1, 3), view);
    lanes.assign(c, createPartitionView(2, 3), view);
    await settle();
    const [first, second] = [a.sender?.circuit, b.sender?.circuit];
    second?.trip();
    first?.trip();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([first?.state(), second?.state()]).toEqual(['half_open', 'half_open']);
    expect(lines).toHaveLength(1);
    first?.success();
    second?.success();
    const changes = () => metrics.events.filter(([name]) => ['circuitChanged', 'forgotten'].includes(name));
    expect(changes()).toEqual([
      ['circuitChanged', 1, 'open'],
      ['circuitChanged', 1, 'half_open'],
      ['circuitChanged', 1, 'closed'],
    ]);
    expect(lines.map(({ level, broker }) => [level, broker])).toEqual([
      ['error', 1],
      ['info', 1],
    ]);
    lanes.update(view, (queue) => queue === c);
    expect(changes().slice(3)).toEqual([['forgotten', 1]]);
    lanes.close();
  });
});
