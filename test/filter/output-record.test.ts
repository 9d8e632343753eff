import { expect, test } from 'vitest';
import { EntityTable } from '../../src/filter/entity-table.ts';
import { filterRecords } from '../../src/filter/filter-records.ts';
import type { LogRecord } from '../../src/filter/log-record.ts';
import { toDeadLetterHeaders, toLatestState, toTombstone } from '../../src/filter/output-record.ts';
import { filterRules } from '../support/filter/filter-rules.ts';
import { createTrackedRecord } from '../support/filter/tracked-record.ts';

const nowMs = 10_000;
const facts = {
  source: { topic: 'events', partition: 3, offset: 7 },
  headerRules: filterRules.headerRules,
  nowMs,
};

function withHeaders(headers: Readonly<Record<string, string>>): LogRecord {
  return { ...createTrackedRecord('a', 7, 5_000), header: (name) => headers[name] };
}

test('a state is forwarded as it was read, and without a revision with what is known of its entity', () => {
  const event = { ce_specversion: '1.0', ce_type: 'message.read', ce_subject: 'a' };
  const records = [withHeaders(event), withHeaders({ ...event, revision: '3' }), withHeaders(event)];
  const { passed } = filterRecords(records, new EntityTable(), { nowMs });
  const state = { timestampMs: 5_000, body: Buffer.from('body') };
  expect(passed.map(toLatestState)).toEqual([
    state,
    state,
    { ...state, extraHeader: ['entity-revision', '3'] },
  ]);
});

test('a dead letter has its place, its registration and the time of its record', () => {
  expect(toDeadLetterHeaders(withHeaders({ webhook: 'w' }), 'too_large', facts)).toEqual({
    reason: 'too_large',
    'received-at': '1970-01-01T00:00:05.000Z',
    webhook: 'w',
    'source-topic': 'events',
    'source-partition': '3',
    'source-offset': '7',
  });
});

test('a dead letter of a record whose headers cannot be read has those that are known', () => {
  const broken: LogRecord = {
    ...withHeaders({}),
    header: () => {
      throw new RangeError('A record ends within a number');
    },
  };
  expect(toDeadLetterHeaders(broken, 'unexpected_error', facts)).toEqual({
    reason: 'unexpected_error',
    'received-at': new Date(5_000).toISOString(),
    'source-topic': 'events',
    'source-partition': '3',
    'source-offset': '7',
  });
});

test('a tombstone names the revision that a later filter must still know, if there was one', () => {
  expect(toTombstone(Buffer.from('a'), 2n ** 64n - 1n, 5)).toEqual({
    ...{ timestampMs: 5, key: Buffer.from('a'), value: null },
    headers: { 'entity-revision': '18446744073709551615' },
  });
  expect(toTombstone(Buffer.from('a'), undefined, 5)).toMatchObject({ headers: {} });
});
