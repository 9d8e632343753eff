import { describe, expect, it } from 'vitest';
import {
  defaultTopicSettings,
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
