import { describe, expect, it, test } from 'vitest';
import {
  defaultTopicSettings,
  findEventRetentionMs,
  findTombstoneRetentionMs,
  formatSettingMs,
  toTopicSettings,
} from '../../../../../src/stores/kafka/cluster/topics/topic-settings.ts';

const reported: Readonly<Record<string, string>> = {
  'min.insync.replicas': '2',
  'max.message.bytes': '12582912',
  'cleanup.policy': 'compact,delete',
  'retention.ms': '-1',
  'segment.ms': '3600000',
  'delete.retention.ms': '7200000',
  'unclean.leader.election.enable': 'true',
  'compression.type': 'zstd',
};

const neverMs = 10_000 * 86_400_000;

describe('toTopicSettings', () => {
  it('reads what the brokers report', () => {
    expect(toTopicSettings(new Map(Object.entries(reported)))).toEqual({
      minInSyncReplicas: 2,
      maxMessageBytes: 12_582_912,
      cleanupPolicy: 'compact,delete',
      retentionMs: -1,
      segmentMs: 3_600_000,
      deleteRetentionMs: 7_200_000,
      uncleanLeaderElection: true,
      compressionType: 'zstd',
      unreported: new Set(),
    });
  });

  it("takes Kafka's defaults for what no broker reports", () => {
    expect(toTopicSettings(new Map())).toMatchObject({
      ...{
        minInSyncReplicas: 1,
        maxMessageBytes: 1_048_588,
        cleanupPolicy: 'delete',
        retentionMs: 604_800_000,
      },
      ...{ segmentMs: 604_800_000, deleteRetentionMs: 86_400_000, uncleanLeaderElection: false },
    });
  });

  it.each(Object.keys(reported))('takes the default for %s when it is missing or makes no sense', (name) => {
    for (const value of [undefined, '', ' ', 'NaN', '1e99', '-2', 'yes']) {
      const { [name]: _, ...others } = reported;
      const configs = new Map(Object.entries(value === undefined ? others : { ...others, [name]: value }));
      const { unreported, ...settings } = toTopicSettings(configs);
      expect([...unreported]).toEqual([name]);
      const taken = Object.entries(settings).filter(
        ([key, found]) => found === defaultTopicSettings[key as keyof typeof defaultTopicSettings],
      );
      expect(taken).toHaveLength(1);
    }
  });
});

test.each([
  ['until its segment is deleted', 1_000, 200, 1_200],
  ['hardly longer than it takes to begin a segment, without retention', 0, 200, 200],
  ['for ever, with retention without end', -1, 200, Number.POSITIVE_INFINITY],
])('an event stays %s', (_how, retentionMs, segmentMs, lifeMs) => {
  expect(findEventRetentionMs({ retentionMs, segmentMs })).toBe(lifeMs);
});

test.each([
  ['as long as the topic says', 'compact', 1_000, 5_000, 5_000],
  ['no longer than any record, when records are deleted too', 'compact,delete', 1_000, 5_000, 1_000],
  ['not at all, when records are deleted at once', 'compact,delete', 0, 5_000, 0],
  ['as long as the topic says, when records are never deleted', 'compact,delete', -1, 5_000, 5_000],
  ['as long as the topic says, almost for ever', 'compact', 1_000, neverMs - 1, neverMs - 1],
  [
    'for ever, when the time is longer than anybody waits',
    'compact',
    1_000,
    neverMs,
    Number.POSITIVE_INFINITY,
  ],
])('a tombstone stays %s', (_how, cleanupPolicy, retentionMs, deleteRetentionMs, lifeMs) => {
  expect(findTombstoneRetentionMs({ cleanupPolicy, retentionMs, deleteRetentionMs })).toBe(lifeMs);
});

test('a time is a setting as it is, and one without end is the longest of Kafka', () => {
  expect(formatSettingMs(86_400_000)).toBe('86400000');
  expect([neverMs, Number.POSITIVE_INFINITY].map(formatSettingMs)).toEqual(
    Array(2).fill(String(2n ** 63n - 1n)),
  );
});
