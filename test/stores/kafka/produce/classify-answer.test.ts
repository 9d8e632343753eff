import { describe, expect, it, test } from 'vitest';
import { LogRateLimit } from '../../../../src/runtime/log-rate-limit.ts';
import { settleRequest } from '../../../../src/stores/append/lane-request.ts';
import type { PartitionQueue, QueuedBatch } from '../../../../src/stores/append/partition-queue.ts';
import { ConnectionError } from '../../../../src/stores/kafka/cluster/errors/connection-error.ts';
import {
  classifyAnswer,
  type PartitionAnswer,
  toReplicationTimeout,
} from '../../../../src/stores/kafka/produce/broker-lane.ts';
import { captureLog } from '../../../support/captured-log.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { toFailed, toStored } from '../../../support/fake-connection.ts';
import { recordMetrics } from '../../../support/kafka-sink.ts';
import { createQueue, enqueue } from '../../../support/queued-records.ts';

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
  const batches = [first, second];
  const clock = createFakeClock();
  /** Classifies a response. @returns the reason for which the connection must not be used again */
  function settle(answer: readonly PartitionAnswer[] | ConnectionError) {
    const line = { broker: 1, address: 'broker-1:9092' };
    const report = { line, logger, rejectionLog: new LogRateLimit(clock, 1) };
    const outcome = classifyAnswer(batches, answer, report);
    settleRequest({ batches, startedAt: clock.now() - 2_500 }, outcome, {
      store: { label: 1 },
      clock,
      metrics,
    });
    return outcome.failure;
  }
  return { queues, appends, first, second, metrics, lines, settle };
}

describe('the answer to a produce request', () => {
  it('stores what the answer names as stored', async () => {
    const { appends, first, second, metrics, settle } = setUp();
    expect(settle([toStored(second), toStored(first)])).toBeUndefined();
    expect(await Promise.all(appends.map(({ promise }) => promise))).toEqual([[], []]);
    expect(metrics.events).toEqual([['produced', { to: 1, records: 2, durationSeconds: 2.5 }]]);
  });

  it('replays what the answer skips, and gives up the connection', () => {
    const { queues, first, metrics, settle } = setUp();
    expect(settle([toStored(first)])).toBe('answer_check');
    expect(queues.map(({ length }) => length)).toEqual([0, 1]);
    expect(metrics.count('retried', 'answer_check', 1)).toBe(1);
    expect(metrics.count('answerCheckFailed')).toBe(1);
  });

  it('replays everything when there was no answer, and keeps the circuits of the partitions closed', () => {
    const { queues, metrics, lines, settle } = setUp();
    expect(settle(new ConnectionError('timeout', 'too slow'))).toBe('timeout');
    expect(queues.map(({ length, circuit }) => [length, circuit.state()])).toEqual([
      [1, 'closed'],
      [1, 'closed'],
    ]);
    expect(metrics.count('produced')).toBe(0);
    expect(lines[0]).toMatchObject({ level: 'warn', address: 'broker-1:9092', reason: 'timeout' });
  });

  it('replays what another broker leads now, and keeps the connection', () => {
    const { queues, first, second, metrics, lines, settle } = setUp();
    expect(settle([toFailed(first, 6), toStored(second)])).toBeUndefined();
    expect(metrics.count('retried', 'stale_leader', 1)).toBe(1);
    expect(lines).toMatchObject([{ level: 'debug', partition: 0, errorCode: 6, reason: 'stale_leader' }]);
    expect(queues[0].problem).toContain('NOT_LEADER_OR_FOLLOWER (6)');
    expect(queues[0].notBefore).toBeGreaterThan(0);
  });

  it('rejects a record for good', async () => {
    const { appends, first, second, lines, settle } = setUp();
    expect(settle([toFailed(first, 10), toStored(second)])).toBeUndefined();
    expect(await appends[0]?.promise).toEqual([{ index: 0, reason: 'too_large' }]);
    expect(lines[0]).toMatchObject({ msg: 'Kafka rejected records', reason: 'too_large', errorCode: 10 });
  });

  it('logs one of many rejections in a second', () => {
    const { first, second, lines, settle } = setUp();
    settle([toFailed(first, 10), toFailed(second, 10)]);
    expect(lines.filter(({ msg }) => msg === 'Kafka rejected records')).toHaveLength(1);
  });

  it('fails what waits for a partition that may not be written, and opens its circuit', async () => {
    const { queues, appends, first, second, settle } = setUp();
    settle([toFailed(first, 29), toStored(second)]);
    await expect(appends[0]?.promise).rejects.toMatchObject({ code: 'sink_unavailable' });
    expect(queues.map(({ circuit }) => circuit.state())).toEqual(['open', 'closed']);
  });

  it.each(['-1', '', 'NaN', '1.5'])('takes the offset "%s" as not stored', (baseOffset) => {
    const { first, second, settle, queues } = setUp();
    expect(settle([{ ...toStored(first), baseOffset }, toStored(second)])).toBe('answer_check');
    expect(queues.map(({ length }) => length)).toEqual([1, 0]);
  });

  it('takes an answer for other topics and partitions as none', () => {
    const { first, second, settle, queues } = setUp();
    const others = [
      { ...toStored(first), topic: 'other' },
      { ...toStored(second), partition: 10 },
    ];
    expect(settle(others)).toBe('answer_check');
    expect(queues.map(({ length }) => length)).toEqual([1, 1]);
  });

  it('takes an offset beyond 2^53', async () => {
    const { appends, first, second, settle } = setUp();
    settle([{ ...toStored(first), baseOffset: '9007199254740993' }, toStored(second)]);
    expect(await appends[0]?.promise).toEqual([]);
  });
});

describe('an error code of a partition', () => {
  const deny = { action: 'deny' };
  const retry = (cause: string) => ({ action: 'retry', cause });

  function classify(errorCode: number) {
    const queue = createQueue();
    enqueue(queue, ['x']);
    const batch = takeAll(queue);
    const report = {
      ...{ line: {}, logger: captureLog().logger },
      rejectionLog: new LogRateLimit(createFakeClock(), 1),
    };
    // A broker may return both an offset and an error. This happens if it has appended records that are not replicated
    // yet.
    const answer = [{ ...toFailed(batch, errorCode), baseOffset: '7' }];
    const [outcome] = classifyAnswer([batch], answer, report).outcomes;
    return outcome;
  }

  it.each([
    [10, { action: 'reject', reason: 'too_large' }],
    [18, { action: 'reject', reason: 'too_large' }],
    [87, { action: 'reject', reason: 'rejected_by_broker' }],
    [29, deny],
    [3, retry('stale_leader')],
    [6, retry('stale_leader')],
    [7, retry('replication_timeout')],
    [19, retry('not_enough_replicas')],
    [20, retry('not_enough_replicas')],
    [32, retry('broker_error')],
    [56, retry('broker_error')],
    [-1, retry('broker_error')],
  ])('%i is understood', (code, outcome) => {
    expect(classify(code)).toMatchObject(outcome);
  });

  it('that is not known keeps the records', () => {
    for (let code = 88; code < 200; code += 1) {
      expect(classify(code)?.action).toBe('retry');
    }
  });
});

test('a broker may wait half a second less for its followers than it has for its answer', () => {
  expect([3_000, 5_000].map(toReplicationTimeout)).toEqual([2_500, 4_500]);
});
