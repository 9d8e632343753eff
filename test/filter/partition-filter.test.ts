import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { EntityTable } from '../../src/filter/entity-table.ts';
import type { PartitionObserver } from '../../src/filter/filter.ts';
import type { PartitionLease, PartitionOutput, PartitionReadResult } from '../../src/filter/filter-store.ts';
import type { LogRecord } from '../../src/filter/log-record.ts';
import { PartitionFilter } from '../../src/filter/partition-filter.ts';
import { captureLog } from '../support/captured-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { filterRules } from '../support/filter/filter-rules.ts';
import { silentObserver } from '../support/filter/silent-observer.ts';
import { createTrackedRecord } from '../support/filter/tracked-record.ts';

const nowMs = 5_000_000;

const toRecord = (key: string, offset: number, timestampMs = nowMs) =>
  createTrackedRecord(key, offset, timestampMs);

function toRead(nextOffset: number, records: readonly LogRecord[] = [], isFull = false): PartitionReadResult {
  return { records, nextOffset, endOffset: nextOffset, isFull };
}

interface Given {
  /** Reads that follow the ones passed to `run`. After these reads, the filter is stopped. */
  readonly reads?: readonly (PartitionReadResult | Error)[];
  /** @returns the indexes that the broker rejects */
  readonly commit?: (output: PartitionOutput) => Promise<readonly number[]>;
  readonly commitIntervalMs?: number;
}

/**
 * Creates a partition filter whose lease starts at offset 10. `steps` contains reads with their offset, commits with
 * their next offset, and positions.
 */
function setUp({ reads = [], commit = async () => [], commitIntervalMs = 0 }: Given = {}) {
  const steps: string[] = [];
  const outputs: PartitionOutput[] = [];
  const committed: Parameters<PartitionObserver['committed']>[0][] = [];
  const left = [...reads];
  const stopped = new AbortController();
  const log = captureLog();
  const table = new EntityTable();
  const clock = createFakeClock(nowMs);
  const lease: PartitionLease = {
    startOffset: 10,
    maxBodyBytes: 100,
    findNextTime: () => Promise.reject(new Error('not requested')),
    async readInput(fromOffset) {
      steps.push(`read ${fromOffset}`);
      const read = left.shift();
      if (read instanceof Error) {
        throw read;
      }
      if (read === undefined) {
        stopped.abort(new Error('stopped'));
      }
      return read ?? toRead(fromOffset);
    },
    readLatest: () => {
      throw new Error('not requested');
    },
    async commit(output) {
      steps.push(`commit ${output.nextOffset}`);
      outputs.push(output);
      return commit(output);
    },
    release: () => {},
  };
  const filter = new PartitionFilter({
    partition: 3,
    context: {
      rules: filterRules,
      commitIntervalMs,
      progress: { moved: ({ position }) => void steps.push(`position ${position}`), ended: () => {} },
      problems: { observe: () => {} },
      observer: { ...silentObserver, committed: (facts) => committed.push(facts) },
      clock,
      logger: log.logger,
    },
    logger: log.logger,
    lease,
    table,
    signal: stopped.signal,
  });
  function run(first: PartitionReadResult): Promise<void> {
    left.unshift(first);
    return filter.run();
  }
  return { filter, run, steps, outputs, committed, stopped, log, table, clock };
}

test('what was read is committed, and reading goes on behind it', async () => {
  const { filter, run, steps, outputs, committed, log } = setUp();
  await run(toRead(12, [toRecord('a', 10), toRecord('b', 11)]));
  expect(steps).toEqual(['position 10', 'read 10', 'commit 12', 'position 12', 'read 12']);
  expect(outputs[0]?.latest).toHaveLength(2);
  expect(committed).toMatchObject([{ partition: 3, seconds: 0 }]);
  expect([filter.hasCommitted, filter.isCommitting, log.lines]).toEqual([true, false, []]);
});

test('a record as large as the topic of latest states takes is kept, and one above it is a dead letter', async () => {
  const { run, outputs } = setUp();
  const sized = (offset: number, bytes: number) => ({ ...toRecord('a', offset), body: Buffer.alloc(bytes) });
  await run(toRead(12, [sized(10, 100), sized(11, 101)]));
  expect(outputs).toMatchObject([{ latest: [{}], deadLetters: [{ headers: { reason: 'too_large' } }] }]);
});

test('nothing new commits nothing, and is waited for by the store; the position is reported all the same', async () => {
  const { filter, run, steps } = setUp({ reads: [toRead(10)], commitIntervalMs: 60_000 });
  await run(toRead(10));
  expect(steps).toEqual(['position 10', 'read 10', 'position 10', 'read 10', 'position 10', 'read 10']);
  expect(filter.hasCommitted).toBe(false);
});

test('offsets without records are committed too: markers and what was aborted are not read again', async () => {
  const { run, outputs } = setUp();
  await run(toRead(15));
  expect(outputs).toMatchObject([{ latest: [], deadLetters: [], nextOffset: 15 }]);
});

test('while more waits, the next records are read during the commit, and nobody waits for others', async () => {
  const { run, steps } = setUp({ reads: [toRead(12, [toRecord('a', 11)], true)], commitIntervalMs: 60_000 });
  await run(toRead(11, [toRecord('a', 10)], true));
  expect(steps.slice(0, 5)).toEqual(['position 10', 'read 10', 'read 11', 'commit 11', 'position 11']);
  expect(steps.slice(5)).toEqual(['read 12', 'commit 12', 'position 12']);
});

test('a read ahead that fails is no error of its own while the commit decides', async () => {
  const lost = new Error('the commit failed');
  const { filter, run, committed } = setUp({
    reads: [new Error('the read failed')],
    async commit() {
      await delay(5);
      throw lost;
    },
  });
  await expect(run(toRead(11, [toRecord('a', 10)], true))).rejects.toBe(lost);
  expect([filter.hasCommitted, filter.isCommitting, committed]).toEqual([false, false, []]);
});

test('a read ahead that failed is the error once the commit is done', async () => {
  const failed = new Error('the read failed');
  const { filter, run, steps } = setUp({ reads: [failed] });
  await expect(run(toRead(11, [toRecord('a', 10)], true))).rejects.toBe(failed);
  expect(steps.at(-1)).toBe('position 11');
  expect(filter.hasCommitted).toBe(true);
});

test('a stop during a commit ends behind it, without another read', async () => {
  const done = Promise.withResolvers<readonly number[]>();
  const { filter, run, steps, stopped } = setUp({ commit: () => done.promise });
  const running = run(toRead(11, [toRecord('a', 10)]));
  await expect.poll(() => filter.isCommitting).toBe(true);
  expect(filter.hasCommitted).toBe(false);
  stopped.abort();
  done.resolve([]);
  await running;
  expect(steps).toEqual(['position 10', 'read 10', 'commit 11', 'position 11']);
  expect([filter.isCommitting, filter.hasCommitted]).toEqual([false, true]);
});

test('a store that does not give what it has is not asked on and on', async () => {
  const { run, steps, stopped } = setUp({ commitIntervalMs: 60_000 });
  const running = run({ ...toRead(10), endOffset: 12 });
  await delay(5);
  expect(steps).toEqual(['position 10', 'read 10', 'position 10']);
  stopped.abort();
  await expect(running).rejects.toThrow();
});

test('a few records wait for others, and a stop ends the wait at once', async () => {
  const { run, steps, stopped } = setUp({ commitIntervalMs: 60_000 });
  const running = run(toRead(11, [toRecord('a', 10)])).catch(({ name }: Error) => name);
  await delay(20);
  expect(steps.at(-1)).toBe('position 11');
  stopped.abort();
  expect(await running).toBe('AbortError');
  expect(steps.at(-1)).toBe('position 11');
});

test('a few records wait no longer than since they were read: a commit takes a part of that time', async () => {
  const { run, steps, clock, committed } = setUp({
    commitIntervalMs: 60_000,
    async commit() {
      clock.advance(60_000);
      return [];
    },
  });
  await run(toRead(11, [toRecord('a', 10)]));
  expect([steps.at(-1), committed[0]?.seconds]).toEqual(['read 11', 60]);
});

test('a record that the broker rejects becomes a dead letter of its source, and is counted as nothing else', async () => {
  const { run, outputs, committed } = setUp({ commit: async () => [1] });
  await run(toRead(13, [toRecord('a', 10), toRecord('a', 9), toRecord('b', 12)]));
  const [output] = outputs;
  expect(output?.latest).toHaveLength(2);
  expect(output?.toDeadLetter(1)).toMatchObject({
    key: Buffer.from('b'),
    headers: {
      reason: 'rejected_by_broker',
      'source-topic': 'events',
      'source-partition': '3',
      'source-offset': '12',
    },
  });
  expect(() => output?.toDeadLetter(2)).toThrow(RangeError);
  expect(committed.map(({ outcomes }) => outcomes)).toEqual([['forwarded', 'obsolete', 'dead_lettered']]);
});

test('a state that the broker rejects does not stand in the way of earlier ones, nor of itself', async () => {
  let isFirst = true;
  async function commit(): Promise<readonly number[]> {
    const rejected = isFirst ? [0] : [];
    isFirst = false;
    return rejected;
  }
  const again = toRead(13, [toRecord('a', 11), toRecord('a', 12)]);
  const { run, outputs } = setUp({ commit, reads: [again] });
  await run(toRead(11, [toRecord('a', 12)]));
  expect(outputs.map(({ latest }) => latest.length)).toEqual([1, 2]);
});

test('an entity is forgotten when it is older than the window, by the latest record and not by the last', async () => {
  const reads = Array.from({ length: 64 }, (_, index) => toRead(13 + index, [toRecord('c', 12 + index, 1)]));
  const late = toRead(12, [toRecord('old', 11, nowMs - 10_000)]);
  const { run, table } = setUp({ reads: [late, ...reads] });
  await run(toRead(11, [toRecord('new', 10)]));
  expect([table.find(Buffer.from('old')), table.find(Buffer.from('new'))]).toEqual([undefined, 10n]);
});

test('records that this program failed on become dead letters, and one line for each commit', async () => {
  const broken = (offset: number): LogRecord => ({
    ...toRecord('a', offset),
    header(name) {
      if (name.startsWith('ce_')) {
        throw new Error(`a failure at ${offset}`);
      }
      return undefined;
    },
  });
  const { run, log, outputs } = setUp({ reads: [toRead(13, [broken(12)])] });
  await run(toRead(12, [broken(10), broken(11)]));
  expect(outputs.map(({ deadLetters }) => deadLetters.length)).toEqual([2, 1]);
  expect(log.lines).toMatchObject([
    { level: 'error', records: 2, err: { message: 'a failure at 10' } },
    { level: 'error', records: 1, err: { message: 'a failure at 12' } },
  ]);
});
