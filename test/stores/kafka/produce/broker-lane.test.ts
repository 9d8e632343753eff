import { describe, expect, it, vi } from 'vitest';
import { SinkError } from '../../../../src/ports/sink.ts';
import { systemClock } from '../../../../src/runtime/clock.ts';
import type { PartitionQueue, QueuedBatch } from '../../../../src/stores/append/partition-queue.ts';
import { type BrokerLane, openBrokerLane } from '../../../../src/stores/kafka/produce/broker-lane.ts';
import { defaultProduceSettings } from '../../../../src/stores/kafka/produce/kafka-sink.ts';
import { captureLog } from '../../../support/captured-log.ts';
import { createFakeBrokers, type Produced, toFailed, toStored } from '../../../support/fake-connection.ts';
import { useFakeTimers } from '../../../support/fake-timers.ts';
import { recordMetrics } from '../../../support/kafka-sink.ts';
import { createQueue, enqueue } from '../../../support/queued-records.ts';

function setUp(partitionCount = 2) {
  const brokers = createFakeBrokers();
  const metrics = recordMetrics();
  const calls = { refreshes: 0 };
  const { logger, lines } = captureLog();
  const deps = {
    openConnection: brokers.openConnection,
    settings: defaultProduceSettings,
    clock: systemClock,
    metrics,
    logger,
    watcher: {
      refresh() {
        calls.refreshes += 1;
      },
    },
  };
  const { lane, moveTo } = openBrokerLane(deps, {
    broker: 7,
    address: { host: 'broker-7', port: 9092 },
    onCircuitChange: () => undefined,
  });
  const queues = Array.from({ length: partitionCount }, (_, partition) =>
    adoptQueue(lane, createQueue(partition)),
  );
  const given = queues as [PartitionQueue, PartitionQueue];
  return { brokers, metrics, calls, lane, moveTo, queues: given, deps, lines };
}

function adoptQueue(lane: BrokerLane['lane'], queue: PartitionQueue): PartitionQueue {
  lane.adopt(queue);
  return queue;
}

function send(queue: PartitionQueue, ...names: string[]) {
  return enqueue(queue, names);
}

/**
 * Returns the two batches of a request, sorted by partition, because a lane does not always put the same queue first.
 */
function inOrder({ batches }: Produced): [QueuedBatch, QueuedBatch] {
  return batches.toSorted((a, b) => a.partition - b.partition) as [QueuedBatch, QueuedBatch];
}

describe('broker lane', () => {
  useFakeTimers();

  /** Runs the timers that are due now, without advancing the time. */
  const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

  it('gathers what arrives while a request is in flight into the next one', async () => {
    const { brokers, queues } = setUp();
    send(queues[0], 'a');
    const first = brokers.nextProduce();
    await settle();
    send(queues[0], 'b');
    send(queues[1], 'c');
    send(queues[0], 'd');
    await settle();
    expect(brokers.waiting).toBe(0);
    (await first).store();
    await settle();
    expect((await brokers.nextProduce()).values).toEqual({ 0: ['b', 'd'], 1: ['c'] });
  });

  it('sends records of one moment together', async () => {
    const { brokers, queues } = setUp();
    await settle();
    send(queues[0], 'a');
    send(queues[0], 'b');
    send(queues[1], 'c');
    await settle();
    expect((await brokers.nextProduce()).values).toEqual({ 0: ['a', 'b'], 1: ['c'] });
  });

  it.each([
    ['leaves a partition out', 'partition'],
    ['is empty', 'empty'],
    ['gives no offset', 'offset'],
  ])('does not believe an answer that %s: it repeats the records over a new connection', async (_, kind) => {
    const { brokers, metrics, queues } = setUp();
    const append = send(queues[0], 'a');
    const other = send(queues[1], 'b');
    await settle();
    const request = await brokers.nextProduce();
    const [first, second] = inOrder(request);
    const good = toStored(second);
    request.answer(
      { partition: [good], empty: [], offset: [{ ...toStored(first), baseOffset: '-1' }, good] }[kind] ?? [],
    );
    await settle();
    expect(append.settled).toBe(false);
    expect(other.settled).toBe(kind !== 'empty');
    expect(request.connection.isClosed()).toBe(true);
    await vi.advanceTimersByTimeAsync(100);
    const again = await brokers.nextProduce();
    expect(again.connection).not.toBe(request.connection);
    expect(again.values[0]).toEqual(['a']);
    again.store();
    expect(await append.promise).toEqual([]);
    expect(metrics.count('answerCheckFailed')).toBe(1);
    expect(metrics.count('rebuilt', 'answer_check')).toBe(1);
  });

  it('repeats in the same order, before what came later, when no answer came', async () => {
    const { brokers, calls, queues } = setUp();
    send(queues[0], 'a', 'b');
    await settle();
    const request = await brokers.nextProduce();
    send(queues[0], 'c');
    request.fail('timeout');
    await vi.advanceTimersByTimeAsync(100);
    const again = await brokers.nextProduce();
    expect(again.values).toEqual({ 0: ['a', 'b', 'c'] });
    expect(again.connection).not.toBe(request.connection);
    expect(calls.refreshes).toBeGreaterThan(0);
  });

  it('finds a way past a record at which the broker cuts the connection', async () => {
    const { brokers, queues } = setUp();
    const bad = send(queues[0], 'bad');
    const neighbours = Array.from({ length: 200 }, (_, index) => send(queues[1], `${index}`));
    for (let requests = 0; neighbours.some(({ settled }) => !settled); requests += 1) {
      expect(requests).toBeLessThan(300);
      await vi.advanceTimersByTimeAsync(400);
      const request = await brokers.nextProduce();
      if (request.values[0] === undefined) {
        request.store();
      } else {
        request.fail('connection');
      }
    }
    for (const { promise } of neighbours) {
      expect(await promise).toEqual([]);
    }
    expect(bad.settled).toBe(false);
  });

  it('asks for the new leader when the broker says that it leads no longer, and for no other reason', async () => {
    const { brokers, calls, queues } = setUp();
    send(queues[0], 'a');
    await settle();
    const refused = await brokers.nextProduce();
    refused.answer(refused.batches.map((batch) => toFailed(batch, 19)));
    await vi.advanceTimersByTimeAsync(100);
    expect(calls.refreshes).toBe(0);
    const request = await brokers.nextProduce();
    request.answer(request.batches.map((batch) => toFailed(batch, 6)));
    await settle();
    expect(calls.refreshes).toBe(1);
    expect(request.connection.isClosed()).toBe(false);
  });

  it('sends nothing before the time that the broker has requested, and then what is still waited for', async () => {
    const { brokers, metrics, lane, queues, lines } = setUp();
    await vi.advanceTimersByTimeAsync(2_000);
    const first = send(queues[0], 'a');
    await settle();
    brokers.throttledUntil = systemClock.now() + 5000;
    (await brokers.nextProduce()).store();
    expect(await first.promise).toEqual([]);
    expect(metrics.count('laneOpened', 7)).toBe(1);
    expect(metrics.events).toContainEqual(['throttled', 7, 5]);
    expect(lane.throttledUntil()).toBe(systemClock.now() + 5000);

    const expired = send(queues[0], 'b');
    await settle();
    const timers = vi.getTimerCount();
    const waiting = send(queues[1], 'c');
    await settle();
    expect(vi.getTimerCount()).toBe(timers);
    await vi.advanceTimersByTimeAsync(4000);
    expired.fail(new SinkError('sink_timeout', 'given up by its sender'));
    await expect(expired.promise).rejects.toMatchObject({ code: 'sink_timeout' });
    await vi.advanceTimersByTimeAsync(999);
    expect(brokers.waiting).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    const request = await brokers.nextProduce();
    expect(request.values).toEqual({ 1: ['c'] });
    brokers.throttledUntil = systemClock.now() + 1_000;
    request.store();
    expect(await waiting.promise).toEqual([]);
    // The broker still enforces the same quota, so its second throttling is only logged at the debug level.
    expect(lines).toMatchObject([
      { level: 'warn', broker: 7, throttleMs: 5_000 },
      { level: 'debug', throttleMs: 1_000 },
    ]);
    expect(brokers.connections).toHaveLength(1);
    expect(metrics.count('retried')).toBe(0);
  });

  it('gives the batch of a request that hangs to the broker that leads its partition now', async () => {
    const { brokers, lane, queues, deps } = setUp();
    const append = send(queues[0], 'a');
    await settle();
    const hanging = await brokers.nextProduce();
    const { lane: other } = openBrokerLane(deps, {
      broker: 8,
      address: { host: 'broker-8', port: 9092 },
      onCircuitChange: () => undefined,
    });
    lane.queues.delete(queues[0]);
    adoptQueue(other, queues[0]);

    lane.reclaimMoved();
    await settle();
    expect(brokers.waiting).toBe(0);
    await vi.advanceTimersByTimeAsync(1000);
    expect(lane.isSlow()).toBe(true);
    lane.reclaimMoved();
    await settle();
    const again = await brokers.nextProduce();
    expect(again.connection.address.host).toBe('broker-8');
    expect(again.values).toEqual({ 0: ['a'] });
    again.store();
    expect(await append.promise).toEqual([]);
    hanging.fail('timeout');
    await settle();
    expect(queues[0].inFlight).toBeUndefined();
    expect(queues[0].length).toBe(0);
  });

  it('moves to the address that its broker has now', async () => {
    const { brokers, moveTo } = setUp();
    await settle();
    moveTo({ host: 'broker-7', port: 9092 });
    expect(brokers.connections).toHaveLength(1);
    moveTo({ host: 'elsewhere', port: 9093 });
    await settle();
    expect(brokers.connections[0]?.isClosed()).toBe(true);
    expect(brokers.connections[1]?.address.host).toBe('elsewhere');
  });
});
