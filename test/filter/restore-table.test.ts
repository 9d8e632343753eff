import { expect, test } from 'vitest';
import { EntityTable } from '../../src/filter/entity-table.ts';
import type { PartitionLease, PartitionReadResult } from '../../src/filter/filter-store.ts';
import type { LogRecord } from '../../src/filter/log-record.ts';
import { type RestoreTableDeps, restoreTable, storeStateRevision } from '../../src/filter/restore-table.ts';
import { captureLog } from '../support/captured-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTrackedRecord } from '../support/filter/tracked-record.ts';

const windowMs = 1_000;
const nowMs = 50_000;

const toRecord = (key: string, timestampMs: number) => createTrackedRecord(key, 1, timestampMs);

/** Duration of each read of the latest states. */
function setUp(
  readMs: readonly number[] = [],
  change: Partial<RestoreTableDeps> = {},
  toLatest = (index: number): LogRecord => toRecord(`k${index}`, nowMs),
) {
  const clock = createFakeClock(nowMs);
  const log = captureLog();
  const from: number[] = [];
  let nextMs: number | undefined;
  const lease: PartitionLease = {
    startOffset: 42,
    maxBodyBytes: 1_000,
    findNextTime: async () => nextMs,
    readInput: () => Promise.reject(new Error('not requested')),
    async *readLatest(fromTimestampMs): AsyncGenerator<PartitionReadResult> {
      from.push(fromTimestampMs);
      for (const [index, ms] of readMs.entries()) {
        clock.advance(ms);
        const nextOffset = index + 1;
        const records = [toLatest(index)];
        yield { records, nextOffset, endOffset: readMs.length, isFull: true };
      }
    },
    commit: () => Promise.reject(new Error('not requested')),
    release: () => {},
  };
  const restore = (nextTimeMs?: number) => {
    nextMs = nextTimeMs;
    return restoreTable({
      windowMs,
      clock,
      logger: log.logger,
      lease,
      logLevel: 'info',
      signal: new AbortController().signal,
      ...change,
    });
  };
  return { restore, from, log };
}

test.each([
  ['that was written long ago', 10_000, 9_000],
  ['of the first second', 500, 0],
  ['of the future', nowMs + 5_000, nowMs - windowMs],
  ['without a time', -1, nowMs - windowMs],
])('the window ends at the time of the next record %s', async (_what, timestampMs, expected) => {
  const { restore, from } = setUp();
  await restore(timestampMs);
  expect(from).toEqual([expected]);
});

test('the window ends now when no record waits', async () => {
  const { restore, from } = setUp();
  await restore();
  expect(from).toEqual([nowMs - windowMs]);
});

test('a table has what was read, and its size and time are reported', async () => {
  const { restore, log } = setUp([300, 200]);
  const table = await restore();
  expect([table.find(Buffer.from('k0')), table.size]).toEqual([1n, 2]);
  expect(log.lines).toMatchObject([{ entities: 2, seconds: 0.5, startOffset: 42, msg: 'restored' }]);
});

test('a long restoration logs how far it is, every other second at most', async () => {
  const { restore, log } = setUp([1_999, 1, 1_000, 999, 1, 100]);
  await restore();
  expect(log.lines).toMatchObject([
    { msg: 'restoring', records: 2, entities: 2, nextOffset: 2, endOffset: 6 },
    { msg: 'restoring', records: 5, entities: 5, nextOffset: 5, endOffset: 6 },
    { msg: 'restored' },
  ]);
});

test('after failures the result is logged in less detail', async () => {
  const { restore, log } = setUp([], { logLevel: 'debug' });
  await restore();
  expect(log.lines).toMatchObject([{ level: 'debug', msg: 'restored' }]);
});

test('what was aborted reports nothing', async () => {
  const { restore, log } = setUp([1], { signal: AbortSignal.abort() });
  await expect(restore()).rejects.toThrow('aborted');
  expect(log.lines).toEqual([]);
});

function toState(key: string, headers: Readonly<Record<string, string>>): LogRecord {
  const all: Readonly<Record<string, string>> = { ce_specversion: '1.0', ce_subject: key, ...headers };
  return {
    offset: 0,
    timestampMs: 1_000,
    key: Buffer.from(key),
    value: Buffer.from('{}'),
    body: Buffer.alloc(0),
    header: (name) => all[name],
  };
}

test.each([
  [{ revision: '7' }, 7n],
  [{ 'entity-revision': '8' }, 8n],
  [{ 'entity-revision': 'x' }, undefined],
  [{}, undefined],
])('a state with %o gives the revision %s', (headers, revision) => {
  const table = new EntityTable();
  storeStateRevision(toState('a', headers), table, 2_000);
  expect(table.find(Buffer.from('a'))).toBe(revision);
});

test('states that the store cannot read are no states that are not there', async () => {
  const unreadable = { ...toState('a', {}), offset: 12, unreadable: new Error('cut off') };
  const { restore, log } = setUp([0], {}, () => unreadable);
  await expect(restore()).rejects.toThrow('The states at offset 12 cannot be read: cut off');
  expect(log.lines).toEqual([]);
});

test('a tombstone that names a revision keeps its entity known', () => {
  const table = new EntityTable();
  const headers: Readonly<Record<string, string>> = { 'entity-revision': '7' };
  const tombstone = { ...toRecord('a', nowMs), value: null, header: (name: string) => headers[name] };
  storeStateRevision(tombstone, table, nowMs);
  storeStateRevision({ ...tombstone, key: Buffer.from('b'), header: () => undefined }, table, nowMs);
  expect([table.find(Buffer.from('a')), table.find(Buffer.from('b'))]).toEqual([7n, undefined]);
});
