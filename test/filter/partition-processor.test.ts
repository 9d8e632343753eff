import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  FencedError,
  type FilterStore,
  type GroupMembership,
  TransactionTimeoutError,
} from '../../src/filter/filter-store.ts';
import type { FilterContext } from '../../src/filter/partition-filter.ts';
import { PartitionProcessor } from '../../src/filter/partition-processor.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { captureLog } from '../support/captured-log.ts';
import { filterRules } from '../support/filter/filter-rules.ts';
import {
  type CommitFault,
  createMemoryPartition,
  type MemoryPartition,
  type MemoryRecord,
} from '../support/filter/memory-partition.ts';
import { silentObserver } from '../support/filter/silent-observer.ts';
import { waitUntil } from '../support/wait-until.ts';

const hourMs = 3_600_000;
const startMs = Date.now() - 1_000 * hourMs;

function toRecord(entity: string, revision: bigint | undefined, timestampMs = startMs): MemoryRecord {
  const headers = { ce_specversion: '1.0', ce_type: 'message.delivered', ce_subject: entity };
  return {
    key: entity,
    value: `{"revision":${revision}}`,
    timestampMs,
    headers: revision === undefined ? headers : { ...headers, revision: String(revision) },
  };
}

interface Given extends Partial<FilterContext> {
  readonly acquire?: FilterStore['acquire'];
  readonly group?: Pick<GroupMembership, 'whenConfirmed'>;
  readonly retryDelayMs?: number;
}

function start(
  partition: MemoryPartition,
  { acquire = partition.acquire, group, retryDelayMs = 0, ...context }: Given = {},
): PartitionProcessor {
  return new PartitionProcessor({
    partition: 0,
    context: {
      rules: { ...filterRules, windowMs: 72 * hourMs },
      problems: { observe: () => {} },
      progress: { moved: () => {}, ended: () => {} },
      commitIntervalMs: 0,
      observer: silentObserver,
      clock: systemClock,
      logger: pino({ level: 'silent' }),
      ...context,
    },
    store: { acquire, group: group ?? { whenConfirmed: async () => {} } },
    retryDelayMs,
  });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve());
  });
}

/** Returns the expected output: for each entity, the records whose revision exceeds all previous ones. */
function expectedOf(input: readonly MemoryRecord[]): MemoryRecord[] {
  const maxima = new Map<string | null, bigint>();
  return input.filter(({ key, headers: { revision } }) => {
    const isHigher = revision === undefined || BigInt(revision) > (maxima.get(key) ?? -1n);
    return isHigher && maxima.set(key, BigInt(revision ?? maxima.get(key) ?? -1n));
  });
}

type Step = 'append' | 'restart' | 'stop' | 'zombie';

const revisions = fc.oneof(
  { weight: 8, arbitrary: fc.bigInt(0n, 6n) },
  { weight: 1, arbitrary: fc.bigInt(2n ** 53n - 1n, 2n ** 53n + 3n) },
  { weight: 1, arbitrary: fc.constant(2n ** 64n - 1n) },
);
const events = fc.array(
  fc.record({
    entity: fc.constantFrom('a', 'b', 'c', 'd'),
    revision: fc.option(revisions, { nil: undefined, freq: 10 }),
  }),
  { maxLength: 25 },
);
const steps = fc.array(
  fc.record({ events, after: fc.constantFrom<Step>('append', 'append', 'restart', 'stop', 'zombie') }),
  { minLength: 1, maxLength: 8 },
);
const faults = fc.array(fc.constantFrom<CommitFault>('none', 'none', 'refused', 'answer_lost'), {
  maxLength: 12,
});
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 10 });

/** Runs random histories through processors that fail, restart and are replaced, and checks their output. */
function checkHistories(isFencing: boolean, numRuns: number) {
  return fc.check(
    fc.asyncProperty(steps, faults, sizes, async (history, faultList, sizeList) => {
      const partition = createMemoryPartition({
        readSize: (read) => sizeList[read % sizeList.length] ?? 1,
        faultOf: (commit) => faultList[commit - 1] ?? 'none',
        isFencing,
      });
      const running: PartitionProcessor[] = [];
      const startNext = () => {
        const index = running.length;
        const whenConfirmed = async (signal: AbortSignal) => {
          if (index !== running.length - 1) {
            await untilAborted(signal);
          }
        };
        running.push(start(partition, { group: { whenConfirmed } }));
      };
      startNext();
      for (const { events: batch, after } of history) {
        partition.input.push(...batch.map(({ entity, revision }) => toRecord(entity, revision)));
        if (after === 'restart') {
          await running.at(-1)?.stop('at_once');
        } else if (after === 'stop') {
          await running.at(-1)?.stop('finish');
        }
        if (after !== 'append') {
          // With `zombie`, the previous processor continues and does not know that it was replaced.
          partition.compact();
          startNext();
        }
        await turn();
      }
      await Promise.all(running.slice(0, -1).map((processor) => processor.stop('at_once')));
      await waitUntil(() => partition.committedOffset === partition.input.length, {
        timeoutMs: 5_000,
        what: 'everything is processed',
        pollMs: 0,
      });
      await running.at(-1)?.stop('finish');
      expect(partition.latest.map(withoutEntityRevision)).toEqual(expectedOf(partition.input));
      expect(partition.deadLetters).toEqual([]);
    }),
    { numRuns, endOnFailure: true },
  );
}

test('for any history the output is the record of maxima of each entity', async () => {
  const { failed, counterexample } = await checkHistories(true, 300);
  expect(failed, JSON.stringify(counterexample, toJson)).toBe(false);
});

test('the same histories show it when earlier owners are not fenced', async () => {
  expect((await checkHistories(false, 300)).failed).toBe(true);
});

test('a new owner knows an entity whose last record had no revision, after compaction', async () => {
  const partition = createMemoryPartition({ readSize: () => 100 });
  partition.input.push(toRecord('a', 5n), toRecord('a', undefined));
  await processAll(partition);
  partition.compact();
  partition.input.push(toRecord('a', 4n));
  await processAll(partition);
  expect(partition.latest.map(({ headers }) => headers.revision ?? 'none')).toEqual(['5', 'none']);
});

test('an obsolete event is forwarded again only after the window', async () => {
  const partition = createMemoryPartition({ readSize: () => 1 });
  partition.input.push(
    toRecord('a', 5n),
    toRecord('a', 4n, startMs + 71 * hourMs),
    // The filter's time advances with the records, and each read checks another part of the table for expired entities.
    ...Array.from({ length: 64 }, (_, n) => toRecord('b', BigInt(n), startMs + 74 * hourMs)),
    toRecord('a', 4n, startMs + 75 * hourMs),
  );
  await processAll(partition);
  expect(partition.latest.filter(({ key }) => key === 'a').map(({ headers }) => headers.revision)).toEqual([
    '5',
    '4',
  ]);
  expect(partition.latest).toHaveLength(2 + 64);
});

test('after a transaction that ran over its time it asks whether it still owns the partition, and goes on', async () => {
  const partition = createMemoryPartition({ readSize: () => 1 });
  partition.input.push(toRecord('a', 1n));
  const log = captureLog();
  const told: unknown[] = [];
  const processor = start(partition, {
    logger: log.logger,
    async acquire(...args) {
      const lease = await partition.acquire(...args);
      const isFirst = told.push('acquired') === 1;
      return isFirst
        ? { ...lease, commit: () => Promise.reject(new TransactionTimeoutError(30_000)) }
        : lease;
    },
    group: { whenConfirmed: async () => void told.push('confirmed') },
    problems: { observe: (_partition, error) => told.push(String(error)) },
    observer: { ...silentObserver, failed: ({ reason }) => told.push(reason) },
  });
  await waitUntil(() => partition.committedOffset === 1, { timeoutMs: 5_000, what: 'it is processed' });
  await processor.stop('finish');
  const said = expect.stringContaining('the transaction was aborted because it took longer than 30 s');
  expect(told).toEqual(['acquired', 'error', said, 'confirmed', 'acquired']);
  // The second failure adds nothing new, so it is not logged again.
  expect(log.lines.map(({ level, msg }) => [level, msg])).toEqual([
    ['info', 'restored'],
    ['debug', 'restored'],
  ]);
});

test('why a start was reset is said once, though the partition has to be acquired again for it', async () => {
  const partition = createMemoryPartition({ readSize: () => 1 });
  partition.input.push(toRecord('a', 1n));
  const reset = { reason: 'log_truncated', committedOffset: 300, startOffset: 200 } as const;
  const log = captureLog();
  const counted: unknown[] = [];
  let acquired = 0;
  const processor = start(partition, {
    logger: log.logger,
    async acquire(number, signal, onReset) {
      acquired += 1;
      if (acquired <= 3) {
        onReset(reset);
      }
      if (acquired <= 2) {
        throw new Error('nobody knows whether the new start is committed');
      }
      const lease = await partition.acquire(number, signal, onReset);
      return acquired > 3 ? lease : { ...lease, commit: () => Promise.reject(new Error('refused')) };
    },
    observer: { ...silentObserver, reset: (told) => counted.push(told) },
  });
  await waitUntil(() => partition.committedOffset === 1, { timeoutMs: 5_000, what: 'it is processed' });
  await processor.stop('finish');
  expect(counted).toEqual([{ partition: 0, reset }]);
  expect(log.lines.filter(({ reason }) => reason !== undefined)).toMatchObject([{ level: 'warn', ...reset }]);
});

test('a transaction in flight that no broker answers holds a shutdown up for ten seconds only', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const partition = createMemoryPartition({ readSize: () => 1 });
  partition.input.push(toRecord('a', 1n));
  const committing = Promise.withResolvers<void>();
  const released = Promise.withResolvers<never>();
  const processor = start(partition, {
    async acquire(...args) {
      const lease = await partition.acquire(...args);
      return {
        ...lease,
        commit() {
          committing.resolve();
          return released.promise;
        },
        release: () => released.reject(new Error('the lease was released')),
      };
    },
  });
  await committing.promise;
  const stopping = processor.stop('finish');
  await vi.advanceTimersByTimeAsync(9_900);
  expect(processor.state).toBe('running');
  await vi.advanceTimersByTimeAsync(200);
  await stopping;
  expect(processor.state).toBe('stopped');
});

test('one that was fenced says so until it is the owner again, and then that it acquires the partition', async () => {
  const isOwner = Promise.withResolvers<void>();
  const again = Promise.withResolvers<void>();
  let acquired = 0;
  const processor = start(createMemoryPartition({ readSize: () => 1 }), {
    group: { whenConfirmed: () => isOwner.promise },
    async acquire(_partition, signal) {
      acquired += 1;
      if (acquired === 1) {
        throw new FencedError();
      }
      again.resolve();
      await untilAborted(signal);
      throw new Error('the processor has stopped');
    },
  });
  await turn();
  expect(processor.state).toBe('fenced');
  isOwner.resolve();
  await again.promise;
  expect(processor.state).toBe('acquiring');
  await processor.stop('at_once');
});

async function processAll(partition: MemoryPartition): Promise<void> {
  const processor = start(partition);
  await waitUntil(() => partition.committedOffset === partition.input.length, {
    timeoutMs: 5_000,
    what: 'everything is processed',
    pollMs: 0,
  });
  await processor.stop('finish');
}

function withoutEntityRevision({ headers, ...rest }: MemoryRecord): MemoryRecord {
  const { 'entity-revision': _known, ...others } = headers;
  return { ...rest, headers: others };
}

function toJson(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
