import { expect, test } from 'vitest';
import { createEntityTable } from '../../src/revisions/entity-table.ts';
import { filterRecords, toDeadLetter, toTimestamp } from '../../src/revisions/filter-records.ts';
import type { LogRecord } from '../../src/revisions/log-record.ts';

const context = { topic: 'events', partition: 3, maxBodyBytes: 100, nowMs: 10_000 };

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

const filter = (records: readonly LogRecord[], table = createEntityTable()) =>
  filterRecords(records, table, context);
const countsOf = ({ counts }: ReturnType<typeof filter>) =>
  Object.fromEntries([...counts].map(([outcome, byFamily]) => [outcome, Object.fromEntries(byFamily)]));

test('forwards the later states of each entity, as they were read', () => {
  const records = [
    toRecord('a', '1'),
    toRecord('b', '5'),
    toRecord('a', '3'),
    toRecord('a', '3'),
    toRecord('a', '1'),
  ];
  const filtered = filter(records);
  expect(filtered.latest).toEqual(
    [0, 1, 2].map((index) => ({ timestampMs: 5_000, body: records[index]?.body })),
  );
  expect(filtered.latestSources).toEqual(records.slice(0, 3));
  expect(filtered.revisionsBehind).toEqual([2]);
  expect(countsOf(filtered)).toEqual({
    forwarded: { message: 3 },
    duplicate: { message: 1 },
    obsolete: { message: 1 },
  });
});

// docs/decisions/033
test('an entity is the same on whichever registration its events come', () => {
  const moved = toRecord('a', '3');
  const ofOther = { ...moved, header: (name: string) => (name === 'webhook' ? 'other' : moved.header(name)) };
  const filtered = filter([toRecord('a', '1'), ofOther, toRecord('a', '2')]);
  expect(countsOf(filtered)).toEqual({ forwarded: { message: 2 }, obsolete: { message: 1 } });
});

test('passes an event without a revision on, with what is known of its entity', () => {
  const { latest } = filter([toRecord('a', undefined), toRecord('a', '3'), toRecord('a', undefined)]);
  expect(latest.map((record) => ('body' in record ? record.extraHeader : record))).toEqual([
    undefined,
    undefined,
    ['entity-revision', '3'],
  ]);
});

test('makes dead letters of what cannot be read, and of what the latest-state topic would reject', () => {
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
  expect(filtered.latest).toEqual([]);
  expect(countsOf(filtered)).toEqual({ dead_lettered: { other: 2, message: 1 } });
  expect(filtered.defects).toEqual([error]);
});

test('a dead letter has the bytes and their place', () => {
  const { value, key } = toRecord('a', '1');
  expect(toDeadLetter(toRecord('a', '1'), 'too_large', context)).toEqual({
    timestampMs: 10_000,
    key,
    value,
    headers: {
      reason: 'too_large',
      'received-at': '1970-01-01T00:00:05.000Z',
      webhook: 'w',
      'source-topic': 'events',
      'source-partition': '3',
      'source-offset': '7',
    },
  });
});

test.each([
  [5_000, 5_000],
  [20_000, 10_000],
  [-1, 10_000],
])('the time %i counts as %i', (timestampMs, expected) => {
  expect(toTimestamp(toRecord('a', '1', { timestampMs }), 10_000)).toBe(expected);
  expect(filter([toRecord('a', '1', { timestampMs })]).timestampMs).toBe(expected);
});

test('puts a record aside whose headers cannot be read', () => {
  const error = new RangeError('A record ends within a number');
  const broken = toRecord('a', '1', {
    header: () => {
      throw error;
    },
  });
  const { deadLetters, defects, latest } = filter([broken, toRecord('b', '1')]);
  expect(defects).toEqual([error]);
  expect(latest).toHaveLength(1);
  expect(deadLetters).toEqual([
    expect.objectContaining({
      value: broken.value,
      headers: {
        reason: 'unexpected_error',
        'received-at': new Date(5_000).toISOString(),
        'source-topic': 'events',
        'source-partition': '3',
        'source-offset': '7',
      },
    }),
  ]);
});

test('what the store cannot take apart becomes one dead letter of its bytes, and the log gets the reason', () => {
  const fault = new Error('more than 9 bytes');
  const unreadable = toRecord(null, undefined, {
    ...{ offset: 40, value: Buffer.from('batch'), header: () => undefined, unreadable: fault },
  });
  const filtered = filter([toRecord('a', '1'), unreadable, toRecord('b', '1')]);
  expect(filtered.latest).toHaveLength(2);
  expect(filtered.deadLetters).toMatchObject([
    {
      key: null,
      value: Buffer.from('batch'),
      headers: { reason: 'unreadable_batch', 'source-partition': '3', 'source-offset': '40' },
    },
  ]);
  expect(filtered.defects).toEqual([fault]);
  expect(countsOf(filtered)).toEqual({ forwarded: { message: 2 }, dead_lettered: { other: 1 } });
});
