import { expect, test } from 'vitest';
import {
  findEventLifeMs,
  findTombstoneLifeMs,
  neverMs,
  toSettingMs,
} from '../../../../../src/stores/kafka/cluster/topics/erased-states.ts';

test.each([
  ['until its segment is deleted', 1_000, 200, 1_200],
  ['hardly longer than it takes to begin a segment, without retention', 0, 200, 200],
  ['for ever, with retention without end', -1, 200, Number.POSITIVE_INFINITY],
])('an event stays %s', (_how, retentionMs, segmentMs, lifeMs) => {
  expect(findEventLifeMs({ retentionMs, segmentMs })).toBe(lifeMs);
});

test.each([
  ['as long as the topic says', 'compact', 1_000, 5_000, 5_000],
  ['no longer than any record, when records are deleted too', 'compact,delete', 1_000, 5_000, 1_000],
  ['not at all, when records are deleted at once', 'compact,delete', 0, 5_000, 0],
  ['as long as the topic says, when records are never deleted', 'compact,delete', -1, 5_000, 5_000],
  [
    'for ever, when the time is longer than anybody waits',
    'compact',
    1_000,
    neverMs,
    Number.POSITIVE_INFINITY,
  ],
])('a tombstone stays %s', (_how, cleanupPolicy, retentionMs, deleteRetentionMs, lifeMs) => {
  expect(findTombstoneLifeMs({ cleanupPolicy, retentionMs, deleteRetentionMs })).toBe(lifeMs);
});

test('a time is a setting as it is, and one without end is the longest of Kafka', () => {
  expect(toSettingMs(86_400_000)).toBe('86400000');
  expect([neverMs, Number.POSITIVE_INFINITY].map(toSettingMs)).toEqual(Array(2).fill(String(2n ** 63n - 1n)));
});
