import { expect, test } from 'vitest';
import { createEntityTable } from '../../src/revisions/entity-table.ts';
import type { LogRecord } from '../../src/revisions/log-record.ts';
import type { PartitionHold, ReadRecords } from '../../src/revisions/partition-hold.ts';
import { noteState, restoreTable } from '../../src/revisions/restore-table.ts';

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

function toHold(reads: readonly ReadRecords[], from: number[] = []): PartitionHold {
  return {
    startOffset: 0,
    resets: [],
    maxBodyBytes: 1_000,
    readInput: () => Promise.reject(new Error('not asked for')),
    async *readLatest(fromTimestampMs) {
      from.push(fromTimestampMs);
      yield* reads;
    },
    commit: () => Promise.reject(new Error('not asked for')),
    release: () => {},
  };
}

const reads: readonly ReadRecords[] = [
  {
    records: [toState('a', { revision: '1' }), toState('b', { revision: '2' })],
    nextOffset: 2,
    endOffset: 3,
    isFull: true,
  },
  { records: [toState('a', { revision: '3' })], nextOffset: 3, endOffset: 3, isFull: false },
];

test('reads all states from a time on, and reports its progress', async () => {
  const from: number[] = [];
  const progress: unknown[] = [];
  const table = await restoreTable(toHold(reads, from), {
    fromTimestampMs: 500,
    nowMs: 2_000,
    signal: new AbortController().signal,
    onProgress: (each) => progress.push(each),
  });
  expect([table.find(Buffer.from('a')), table.find(Buffer.from('b'))]).toEqual([3n, 2n]);
  expect(from).toEqual([500]);
  expect(progress).toEqual([
    { records: 2, entities: 2, nextOffset: 2, endOffset: 3 },
    { records: 3, entities: 2, nextOffset: 3, endOffset: 3 },
  ]);
});

test('ends when it is aborted', async () => {
  const options = { fromTimestampMs: 0, nowMs: 0, signal: AbortSignal.abort(), onProgress: () => {} };
  await expect(restoreTable(toHold(reads), options)).rejects.toThrow('aborted');
});

test.each([
  [{ revision: '7' }, 7n],
  [{ 'entity-revision': '8' }, 8n],
  [{ 'entity-revision': 'x' }, undefined],
  [{}, undefined],
])('a state with %o gives the revision %s', (headers, revision) => {
  const table = createEntityTable();
  noteState(toState('a', headers), table, 2_000);
  expect(table.find(Buffer.from('a'))).toBe(revision);
});

test('states that the store cannot read are no states that are not there', () => {
  const unreadable = { ...toState('a', {}), offset: 12, unreadable: new Error('cut off') };
  expect(() => noteState(unreadable, createEntityTable(), 2_000)).toThrow(
    'The states at offset 12 cannot be read: cut off',
  );
});
