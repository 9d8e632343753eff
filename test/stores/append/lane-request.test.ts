import { describe, expect, it, test, vi } from 'vitest';
import {
  AdaptiveFlushLimits,
  awaitAnswer,
  collectBatches,
  findNextRetryTime,
} from '../../../src/stores/append/lane-request.ts';
import type { QueuedBatch } from '../../../src/stores/append/partition-queue.ts';
import { useFakeTimers } from '../../support/fake-timers.ts';
import { createQueue, enqueue, namesOf } from '../../support/queued-records.ts';

useFakeTimers();

const giveUpMs = 10_000;

/** Sends a request, and records its result. */
function ask(sent: Promise<unknown>, isPaused = () => false) {
  const told = { outcome: undefined as unknown };
  void (async () => {
    told.outcome = await awaitAnswer(sent, { giveUpMs, isPaused }).catch((error: unknown) => error);
  })();
  return told;
}

const never = () => new Promise<never>(() => {});

test('the outcome of the request is the outcome, and leaves no timer', async () => {
  const own = new Error('own');
  const told = [ask(Promise.resolve('stored')), ask(Promise.reject(own))];
  await vi.advanceTimersByTimeAsync(0);
  expect(told.map(({ outcome }) => outcome)).toEqual(['stored', own]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a request without an answer is given up', async () => {
  const told = ask(never());
  await vi.advanceTimersByTimeAsync(giveUpMs - 1);
  expect(told.outcome).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(told.outcome).toEqual(new Error('no response within 10000 ms'));
});

test('a store that requested a pause is waited for, and its answer counts', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const told = ask(promise, () => true);
  await vi.advanceTimersByTimeAsync(6 * giveUpMs);
  expect(told.outcome).toBeUndefined();
  resolve('stored');
  await vi.advanceTimersByTimeAsync(0);
  expect(told.outcome).toBe('stored');
});

test('a pause without an end is given up, too', async () => {
  const told = ask(never(), () => true);
  await vi.advanceTimersByTimeAsync(299_999);
  expect(told.outcome).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(told.outcome).toBeInstanceOf(Error);
});

const limits = { maxRecords: 10, maxBytes: 10_000 };

describe('collectBatches', () => {
  it('takes one batch of each queue that has records', () => {
    const queues = [createQueue(0), createQueue(1), createQueue(2)];
    enqueue(queues[0] as never, ['a', 'b']);
    enqueue(queues[2] as never, ['c']);
    const batches = collectBatches(queues, 0, limits, 0);
    expect(batches.map((batch) => [batch.partition, namesOf(batch)])).toEqual([
      [0, ['a', 'b']],
      [2, ['c']],
    ]);
  });

  it('skips queues that have a batch in flight or wait to try again', () => {
    const queues = [createQueue(0), createQueue(1), createQueue(2)];
    for (const queue of queues) {
      enqueue(queue, ['a', 'b']);
    }
    queues[0]?.take(1, 1000);
    queues[1]?.retry(queues[1].take(1, 1000) as QueuedBatch, 50, undefined);
    expect(collectBatches(queues, 0, limits, 99).map(({ partition }) => partition)).toEqual([2]);
  });

  it('stops at the record limit and begins elsewhere next time', () => {
    const queues = [createQueue(0), createQueue(1)];
    enqueue(
      queues[0] as never,
      Array.from({ length: 50 }, () => 'deep'),
    );
    enqueue(queues[1] as never, ['other']);
    const [first] = collectBatches(queues, 0, limits, 0);
    expect(first?.entries).toHaveLength(10);
    first?.queue.commit(first);
    expect(
      collectBatches(queues, 1, limits, 0).map(({ partition, entries }) => [partition, entries.length]),
    ).toEqual([
      [1, 1],
      [0, 9],
    ]);
  });

  it.each([
    [3000, [6000, 3000, 3000]],
    [5000, [10_000]],
  ])('stops at the byte limit, exceeding it by less than a record of %i bytes', (bytes, expected) => {
    const queues = [createQueue(0), createQueue(1), createQueue(2), createQueue(3)];
    for (const queue of queues) {
      enqueue(queue, ['a', 'b'], bytes);
    }
    expect(collectBatches(queues, 0, limits, 0).map(({ sizeBytes }) => sizeBytes)).toEqual(expected);
  });

  it.each([limits.maxBytes, limits.maxBytes + 1, 5 * limits.maxBytes])(
    'sends a record of %i bytes, the limit or more, and nothing with it',
    (sizeBytes) => {
      const queues = [createQueue(0), createQueue(1)];
      enqueue(queues[0] as never, ['huge'], sizeBytes);
      enqueue(queues[1] as never, ['a']);
      expect(collectBatches(queues, 0, limits, 0).map(namesOf)).toEqual([['huge']]);
    },
  );

  it('has nothing to send for a lane without partitions', () => {
    expect(collectBatches([], 5, limits, 0)).toEqual([]);
  });
});

describe('nextRetryAt', () => {
  it('is the earliest end of a wait that has not ended, of queues that have something to send', () => {
    const waits = [
      { notBefore: 900, names: ['a'] },
      { notBefore: 300, names: ['b'] },
      { notBefore: 500, names: ['c'] },
      { notBefore: 200, names: [] },
      { notBefore: 100, names: ['d'] },
      { notBefore: 0, names: ['e'] },
    ];
    const queues = waits.map(({ notBefore, names }, partition) => {
      const queue = createQueue(partition);
      enqueue(queue, names);
      return Object.assign(queue, { notBefore });
    });
    expect(findNextRetryTime(queues, 100)).toBe(300);
    expect(findNextRetryTime(queues, 900)).toBeUndefined();
  });
});

const settings = { maxFlushRecords: 1000, maxFlushBytes: 900_000 };

describe('AdaptiveFlushLimits', () => {
  it('shrinks requests from the second disconnect in a row on, and no further than to one record', () => {
    const adaptive = new AdaptiveFlushLimits(settings);
    const seen = [];
    for (let i = 0; i < 5; i += 1) {
      seen.push(Math.ceil(adaptive.get().maxRecords));
      adaptive.update('connection');
    }
    expect(seen).toEqual([1000, 1000, 32, 1, 1]);
    expect(adaptive.get().maxBytes).toBeCloseTo(900_000 / 1024);
  });

  it.each([undefined, 'answer_check'] as const)(
    'takes %s as an answer: requests are large again, until the second disconnect after it',
    (failure) => {
      const adaptive = new AdaptiveFlushLimits(settings);
      adaptive.update('connection');
      adaptive.update('connection');
      adaptive.update(failure);
      adaptive.update('connection');
      expect(adaptive.get()).toEqual({ maxRecords: 1000, maxBytes: 900_000 });
    },
  );

  it('keeps the limits over a request without an answer', () => {
    const adaptive = new AdaptiveFlushLimits(settings);
    adaptive.update('connection');
    adaptive.update('connection');
    const before = adaptive.get();
    adaptive.update('timeout');
    expect(adaptive.get()).toEqual(before);
  });
});
