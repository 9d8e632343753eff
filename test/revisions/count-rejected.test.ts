import { expect, test } from 'vitest';
import { countRejected } from '../../src/revisions/count-rejected.ts';
import { createEntityTable } from '../../src/revisions/entity-table.ts';
import { filterRecords } from '../../src/revisions/filter-records.ts';
import type { LogRecord } from '../../src/revisions/log-record.ts';
import { createTrackedRecord } from '../support/filter/tracked-record.ts';

const context = { topic: 'events', partition: 0, maxBodyBytes: 100, nowMs: 0 };

const unreadable: LogRecord = { ...createTrackedRecord('x', 9, 0), key: null };
const untracked: LogRecord = {
  ...createTrackedRecord('u', 8, 0),
  header: (name) => ({ ce_specversion: '1.0', ce_type: 'chat.closed' })[name],
};
const records = [createTrackedRecord('a', 1, 0), unreadable, untracked, createTrackedRecord('b', 2, 0)];

const count = (rejected: readonly number[]) =>
  countRejected(filterRecords(records, createEntityTable(), context), rejected);

test('a rejected record is a dead letter of its own family, and no longer what it was', () => {
  expect(count([1, 2])).toEqual(
    new Map([
      ['forwarded', new Map([['message', 1]])],
      [
        'dead_lettered',
        new Map([
          ['other', 1],
          ['chat', 1],
          ['message', 1],
        ]),
      ],
      ['untracked', new Map([['chat', 0]])],
    ]),
  );
});

test('without one the counts stay as they are', () => {
  const filtered = filterRecords(records, createEntityTable(), context);
  expect(countRejected(filtered, [])).toBe(filtered.counts);
});

test('the counts that were given are not changed', () => {
  const filtered = filterRecords(records, createEntityTable(), context);
  const before = structuredClone(filtered.counts);
  countRejected(filtered, [0, 1, 2]);
  expect(filtered.counts).toEqual(before);
});
