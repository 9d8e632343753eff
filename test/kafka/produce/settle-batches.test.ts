import { describe, expect, it } from 'vitest';
import type { PartitionQueue } from '../../../src/append/partition-queue.ts';
import type { QueuedBatch } from '../../../src/append/queued-batch.ts';
import { ConnectionError } from '../../../src/kafka/errors/connection-error.ts';
import type { PartitionAnswer } from '../../../src/kafka/produce/produce-connection.ts';
import { settleBatches } from '../../../src/kafka/produce/settle-batches.ts';
import { createLogLimit } from '../../../src/runtime/log-limit.ts';
import { captureLog } from '../../support/captured-log.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { toFailed, toStored } from '../../support/fake-connection.ts';
import { recordMetrics } from '../../support/kafka-sink.ts';
import { createQueue, enqueue } from '../../support/queued-records.ts';

function takeAll(queue: PartitionQueue): QueuedBatch {
  const batch = queue.take(1000, 900_000);
  if (batch === undefined) {
    throw new Error('the queue had nothing to take');
  }
  return batch;
}

/** Two partitions with one record each, in flight together. */
function setUp() {
  const queues = [createQueue(0), createQueue(1)] as const;
  const appends = queues.map((queue) => enqueue(queue, ['x']));
  const [first, second] = [takeAll(queues[0]), takeAll(queues[1])];
  const metrics = recordMetrics();
  const { logger, lines } = captureLog();
  const settle = (answer: readonly PartitionAnswer[] | ConnectionError) =>
    settleBatches({
      broker: 1,
      address: { host: 'broker-1', port: 9092 },
      batches: [first, second],
      answer,
      startedAt: 0,
      clock: createFakeClock(),
      rejectionLog: createLogLimit(createFakeClock(), 1),
      metrics,
      logger,
    });
  return { queues, appends, first, second, metrics, lines, settle };
}

describe('settleBatches', () => {
  it('stores what the answer names as stored', async () => {
    const { appends, first, second, metrics, settle } = setUp();
    expect(settle([toStored(second), toStored(first)])).toEqual({ stale: false });
    expect(await Promise.all(appends.map(({ promise }) => promise))).toEqual([[], []]);
    expect(metrics.events).toEqual([
      ['produced', expect.objectContaining({ to: 1, records: 2, bytes: 200 })],
    ]);
  });

  it('puts back what the answer leaves out, and gives up the connection', () => {
    const { queues, first, metrics, settle } = setUp();
    expect(settle([toStored(first)])).toEqual({ stale: false, failure: 'answer_check' });
    expect(queues.map(({ length }) => length)).toEqual([0, 1]);
    expect(metrics.count('retried', 'answer_check', 1)).toBe(1);
    expect(metrics.count('answerCheckFailed')).toBe(1);
  });

  it('puts everything back when there was no answer, and keeps the circuits of the partitions closed', () => {
    const { queues, metrics, lines, settle } = setUp();
    expect(settle(new ConnectionError('timeout', 'too slow'))).toEqual({ stale: false, failure: 'timeout' });
    expect(queues.map(({ length, circuit }) => [length, circuit.state()])).toEqual([
      [1, 'closed'],
      [1, 'closed'],
    ]);
    expect(metrics.count('produced')).toBe(0);
    expect(lines[0]).toMatchObject({ level: 'warn', address: 'broker-1:9092', reason: 'timeout' });
  });

  it('asks for a new view when a partition has another leader', () => {
    const { queues, first, second, settle } = setUp();
    expect(settle([toFailed(first, 6), toStored(second)])).toEqual({ stale: true });
    expect(queues[0].problem).toContain('NOT_LEADER_OR_FOLLOWER (6)');
    expect(queues[0].notBefore).toBeGreaterThan(0);
  });

  it('rejects a record for good', async () => {
    const { appends, first, second, lines, settle } = setUp();
    expect(settle([toFailed(first, 10), toStored(second)])).toEqual({ stale: false });
    expect(await appends[0]?.promise).toEqual([{ index: 0, reason: 'too_large' }]);
    expect(lines[0]).toMatchObject({ msg: 'kafka rejected records', reason: 'too_large', errorCode: 10 });
  });

  it('logs one of many rejections in a second', () => {
    const { first, second, lines, settle } = setUp();
    settle([toFailed(first, 10), toFailed(second, 10)]);
    expect(lines.filter(({ msg }) => msg === 'kafka rejected records')).toHaveLength(1);
  });

  it('fails what waits for a partition that may not be written, and opens its circuit', async () => {
    const { queues, appends, first, second, settle } = setUp();
    settle([toFailed(first, 29), toStored(second)]);
    await expect(appends[0]?.promise).rejects.toMatchObject({ code: 'sink_unavailable' });
    expect(queues.map(({ circuit }) => circuit.state())).toEqual(['open', 'closed']);
  });
});
