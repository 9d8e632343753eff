import { expect, test } from 'vitest';
import { createEntityTable } from '../../src/revisions/entity-table.ts';
import { filterRecords } from '../../src/revisions/filter-records.ts';
import { withdrawRejected } from '../../src/revisions/withdraw-rejected.ts';
import { createTrackedRecord } from '../support/filter/tracked-record.ts';

const context = { topic: 'events', partition: 0, maxBodyBytes: 100, nowMs: 0 };
const key = Buffer.from('a');

/** What is known of an entity of revision 3, to which 5 and 7 came, when the broker rejects some of them. */
function knownAfter(rejected: readonly number[]): bigint | undefined {
  const table = createEntityTable();
  table.raise(key, 3n, 0);
  const filtered = filterRecords(
    [createTrackedRecord('a', 5, 0), createTrackedRecord('a', 7, 0)],
    table,
    context,
  );
  withdrawRejected(table, filtered, rejected);
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
  const table = createEntityTable();
  const filtered = filterRecords([createTrackedRecord('a', 5, 0)], table, context);
  withdrawRejected(table, filtered, [0]);
  expect([table.find(key), table.size]).toEqual([undefined, 0]);
});
