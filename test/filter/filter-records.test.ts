import { expect, test } from 'vitest';
import { EntityTable } from '../../src/filter/entity-table.ts';
import {
  decideRevision,
  filterRecords,
  requireForwardedRecord,
  revertRejectedRevisions,
} from '../../src/filter/filter-records.ts';
import type { LogRecord } from '../../src/filter/log-record.ts';
import { createTrackedRecord } from '../support/filter/tracked-record.ts';

const context = { isTooLarge: ({ body }: LogRecord) => body.length > 100, nowMs: 10_000 };

function toRecord(
  key: string | null,
  revision: string | undefined,
  overrides: Partial<LogRecord> = {},
): LogRecord {
  const headers: Readonly<Record<string, string | undefined>> = {
    ce_specversion: '1.0',
    ce_type: 'message.read',
    ce_subject: key ?? undefined,
    webhook: 'w',
    revision,
  };
  return {
    offset: 7,
    timestampMs: 5_000,
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from('{}'),
    body: Buffer.from(`${key} ${revision}`),
    header: (name) => headers[name],
    ...overrides,
  };
}

const filter = (records: readonly LogRecord[], table = new EntityTable()) =>
  filterRecords(records, table, context);

test('makes no state of what this product has sent, whoever wrote the record', () => {
  const value = Buffer.from('{"name":"webhook.test","revision":2,"payload":{"id":"a"}}');
  const headers: Readonly<Record<string, string>> = {
    ...{ ce_specversion: '1.0', ce_type: 'webhook.test', ce_subject: 'a', revision: '9' },
  };
  const filtered = filter([
    toRecord('a', '9', { header: (name) => headers[name] }),
    toRecord('a', '9', { header: () => undefined, value }),
    toRecord('a', '1'),
  ]);
  expect(filtered.outcomes).toEqual(['own', 'own', 'forwarded']);
  expect(filtered.passed.map(({ place }) => place)).toEqual([2]);
});

test('forwards the later states of each entity, as they were read', () => {
  const records = [
    toRecord('a', '1'),
    toRecord('b', '5'),
    toRecord('a', '3'),
    toRecord('a', '3'),
    toRecord('a', '1'),
  ];
  const filtered = filter(records);
  expect(filtered.passed.map(({ record }) => record)).toEqual(records.slice(0, 3));
  expect(filtered.passed.map(({ timestampMs }) => timestampMs)).toEqual([5_000, 5_000, 5_000]);
  expect(filtered.outcomes).toEqual(['forwarded', 'forwarded', 'forwarded', 'duplicate', 'obsolete']);
});

// See docs/decisions/030-filter-and-replay-state.md#a-topic-is-the-trust-boundary.
test('an entity is the same on whichever registration its events come', () => {
  const moved = toRecord('a', '3');
  const ofOther = { ...moved, header: (name: string) => (name === 'webhook' ? 'other' : moved.header(name)) };
  const filtered = filter([toRecord('a', '1'), ofOther, toRecord('a', '2')]);
  expect(filtered.outcomes).toEqual(['forwarded', 'forwarded', 'obsolete']);
});

test('passes an event without a revision on, with what is known of its entity', () => {
  const { passed } = filter([toRecord('a', undefined), toRecord('a', '3'), toRecord('a', undefined)]);
  expect(passed.map(({ event, known }) => [event.kind, known])).toEqual([
    ['untracked', undefined],
    ['tracked', undefined],
    ['untracked', 3n],
  ]);
});

test('makes dead letters of unreadable events, and of those that the latest-state topic would reject', () => {
  const error = new Error('a test said so');
  const filtered = filter([
    toRecord(null, '1'),
    toRecord('a', '1', { body: Buffer.alloc(101) }),
    toRecord('b', '1', {
      header(name) {
        if (name === 'ce_specversion') {
          throw error;
        }
        return undefined;
      },
    }),
  ]);
  expect(filtered.passed).toEqual([]);
  expect(filtered.deadLetters.map(({ reason }) => reason)).toEqual([
    'no_key',
    'too_large',
    'unexpected_error',
  ]);
  expect(filtered.outcomes).toEqual(['dead_lettered', 'dead_lettered', 'dead_lettered']);
  expect(filtered.failures).toEqual([error]);
});

test.each([
  [5_000, 5_000],
  [20_000, 10_000],
  [-1, 10_000],
])('the time %i counts as %i', (timestampMs, expected) => {
  expect(filter([toRecord('a', '1', { timestampMs })]).timestampMs).toBe(expected);
});

test('puts a record aside whose headers cannot be read', () => {
  const error = new RangeError('A record ends within a number');
  const broken = toRecord('a', '1', {
    header: () => {
      throw error;
    },
  });
  const { deadLetters, failures, passed } = filter([broken, toRecord('b', '1')]);
  expect(failures).toEqual([error]);
  expect(passed).toHaveLength(1);
  expect(deadLetters).toEqual([{ record: broken, reason: 'unexpected_error' }]);
});

test('what the store cannot take apart becomes one dead letter of its bytes, and the log gets the reason', () => {
  const fault = new Error('more than 9 bytes');
  const unreadable = toRecord(null, undefined, {
    ...{ offset: 40, value: Buffer.from('batch'), header: () => undefined, unreadable: fault },
  });
  const filtered = filter([toRecord('a', '1'), unreadable, toRecord('b', '1')]);
  expect(filtered.passed).toHaveLength(2);
  expect(filtered.deadLetters).toEqual([{ record: unreadable, reason: 'unreadable_batch' }]);
  expect(filtered.failures).toEqual([fault]);
  expect(filtered.outcomes).toEqual(['forwarded', 'dead_lettered', 'forwarded']);
});

const past2to53 = 2n ** 53n;

test.for([
  [undefined, undefined, 'untracked'],
  [4n, undefined, 'untracked'],
  [undefined, 0n, 'forwarded'],
  [undefined, 4n, 'forwarded'],
  [4n, 5n, 'forwarded'],
  [4n, 4n, 'duplicate'],
  [0n, 0n, 'duplicate'],
  [4n, 3n, 'obsolete'],
  [4n, 0n, 'obsolete'],
  [past2to53, past2to53 + 1n, 'forwarded'],
  [past2to53 + 1n, past2to53, 'obsolete'],
] as const)('known %s, event %s: %s', ([known, revision, decision]) => {
  expect(decideRevision(known, revision)).toBe(decision);
});

const key = Buffer.from('a');

/**
 * Returns the revision that the filter knows for an entity after the revisions 3, 5 and 7. The broker rejects the given
 * records.
 */
function knownAfter(rejected: readonly number[]): bigint | undefined {
  const table = new EntityTable();
  table.raise(key, 3n, 0);
  const filtered = filter([createTrackedRecord('a', 5, 0), createTrackedRecord('a', 7, 0)], table);
  revertRejectedRevisions(table, filtered, rejected);
  return table.find(key);
}

test.for([
  [[], 7n],
  [[0], 7n],
  [[1], 5n],
  [[0, 1], 3n],
] as const)(
  'of states whose numbers %j are rejected the highest that is left counts',
  ([rejected, known]) => {
    expect(knownAfter(rejected)).toBe(known);
  },
);

test('an entity whose only state is rejected is new again', () => {
  const table = new EntityTable();
  revertRejectedRevisions(table, filter([createTrackedRecord('a', 5, 0)], table), [0]);
  expect([table.find(key), table.size]).toEqual([undefined, 0]);
});

/**
 * Returns the outcomes of two states, a record without a key, and an event without an entity. The broker rejects the
 * given records.
 */
function outcomesAfter(rejected: readonly number[]) {
  const table = new EntityTable();
  const untracked: LogRecord = {
    ...createTrackedRecord('u', 8, 0),
    header: (name) => ({ ce_specversion: '1.0', ce_type: 'chat.closed' })[name],
  };
  const unreadable: LogRecord = { ...createTrackedRecord('x', 9, 0), key: null };
  const states = [createTrackedRecord('a', 1, 0), unreadable, untracked, createTrackedRecord('b', 2, 0)];
  const filtered = filter(states, table);
  revertRejectedRevisions(table, filtered, rejected);
  return filtered.outcomes;
}

test('a rejected record is a dead letter, and no longer what it was', () => {
  expect(outcomesAfter([1, 2])).toEqual(['forwarded', 'dead_lettered', 'dead_lettered', 'dead_lettered']);
  expect(outcomesAfter([])).toEqual(['forwarded', 'dead_lettered', 'untracked', 'forwarded']);
});

test('the position of a record that was not forwarded cannot be requested', () => {
  expect(() => requireForwardedRecord(filter([]).passed, 0)).toThrow(RangeError);
});
