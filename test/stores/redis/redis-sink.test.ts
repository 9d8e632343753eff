import { describe, expect, test } from 'vitest';
import { settleRequest } from '../../../src/stores/append/lane-request.ts';
import { RedisError, type RedisErrorKind } from '../../../src/stores/redis/redis-error.ts';
import { classifyAnswer } from '../../../src/stores/redis/redis-sink.ts';
import { captureLog } from '../../support/captured-log.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { recordMetrics } from '../../support/kafka-sink.ts';
import { createQueue, enqueue } from '../../support/queued-records.ts';

/** Two streams with two records each, in flight together. */
function setUp() {
  const queues = [createQueue(0), createQueue(1)] as const;
  const appends = queues.map((queue) => enqueue(queue, ['x', 'y']));
  const batches = queues.flatMap((queue) => queue.take(1000, 900_000) ?? []);
  const metrics = recordMetrics();
  const { logger, text } = captureLog();
  /** @returns the reason why the connection must not be reused */
  function settleBatches(...kinds: (RedisErrorKind | undefined)[]) {
    const errors = kinds.map((kind) => kind && new RedisError(kind, `it says ${kind}`));
    const outcome = classifyAnswer(batches, errors, { server: 'redis://h:1', logger });
    const deps = { store: { label: 'redis://h:1' }, clock: createFakeClock(), metrics };
    settleRequest({ batches, startedAt: 0 }, outcome, deps);
    return outcome.failure;
  }
  return { queues, appends, metrics, text, settleBatches };
}

describe('classifyAnswer', () => {
  test('stores what has no error', async () => {
    const { appends, metrics, settleBatches } = setUp();
    expect(settleBatches(undefined, undefined)).toBeUndefined();
    expect(await Promise.all(appends.map(({ promise }) => promise))).toEqual([[], []]);
    expect(metrics.events).toEqual([
      ['produced', expect.objectContaining({ to: 'redis://h:1', records: 4 })],
    ]);
  });

  test.each([
    ['connection', 'connection'],
    ['timeout', 'timeout'],
    ['unsynced', 'timeout'],
    ['login', 'authentication'],
    ['role', 'protocol'],
    ['busy', 'protocol'],
  ] as const)('after %s all goes back, and the connection is given up (%s)', (kind, failure) => {
    const { queues, metrics, settleBatches } = setUp();
    expect(settleBatches(kind, kind)).toBe(failure);
    expect(queues.map(({ length }) => length)).toEqual([2, 2]);
    expect(queues.map(({ circuit }) => circuit.state())).toEqual(['closed', 'closed']);
    expect(metrics.count('retried', kind, 2)).toBe(2);
  });

  test.each(['memory', 'disk', 'server'] as const)(
    'after %s the batch goes back with the cause, and its neighbour is stored',
    async (kind) => {
      const { queues, appends, settleBatches } = setUp();
      expect(settleBatches(kind, undefined)).toBeUndefined();
      expect(queues.map(({ length }) => length)).toEqual([2, 0]);
      expect(queues[0].problem).toBe(`it says ${kind}`);
      expect(await appends[1]?.promise).toEqual([]);
      // This kind of error persists, so repeated errors open the circuit of the stream.
      settleBatches(kind, undefined);
      queues[0].circuit.failure(0);
      expect(queues[0].circuit.isOpen()).toBe(true);
    },
  );

  test.each(['rights', 'type'] as const)('after %s the stream rejects writes until a trial', async (kind) => {
    const { queues, appends, settleBatches } = setUp();
    expect(settleBatches(kind, undefined)).toBeUndefined();
    await expect(appends[0]?.promise).rejects.toThrow('does not allow writes to events');
    expect(queues[0]).toMatchObject({ length: 0, problem: `it says ${kind}` });
    expect(queues[0].circuit.isOpen()).toBe(true);
    expect(await appends[1]?.promise).toEqual([]);
  });

  test('of records that are too large the one is searched for', () => {
    const { queues, settleBatches } = setUp();
    expect(settleBatches('too_large', 'connection')).toBe('protocol');
    expect(queues[0].take(1000, 900_000)?.records).toHaveLength(1);
    expect(queues[1].length).toBe(2);
  });
});
