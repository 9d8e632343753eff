/** Kafka's names of the topic settings that this project checks. */
export type SettingName =
  | 'min.insync.replicas'
  | 'max.message.bytes'
  | 'cleanup.policy'
  | 'retention.ms'
  | 'segment.ms'
  | 'delete.retention.ms'
  | 'unclean.leader.election.enable'
  | 'compression.type';

/** Kafka's defaults. They apply if the client may not read a setting or the broker does not report it. */
export const defaultTopicSettings = {
  minInSyncReplicas: 1,
  maxMessageBytes: 1_048_588,
  cleanupPolicy: 'delete',
  retentionMs: 604_800_000,
  segmentMs: 604_800_000,
  deleteRetentionMs: 86_400_000,
  uncleanLeaderElection: false,
  compressionType: 'producer',
} as const;

/** The effective settings of a topic. A setting that was not reported has Kafka's default value. */
export interface TopicSettings {
  readonly minInSyncReplicas: number;
  readonly maxMessageBytes: number;
  /** `delete`, `compact`, or both separated by a comma. */
  readonly cleanupPolicy: string;
  /** −1 means unlimited. */
  readonly retentionMs: number;
  /** Maximum age of a segment before it is closed. Only closed segments can be deleted. */
  readonly segmentMs: number;
  /** How long compaction keeps a tombstone. */
  readonly deleteRetentionMs: number;
  readonly uncleanLeaderElection: boolean;
  /** `producer` stores records as they were sent. With any other value, the brokers compress them again. */
  readonly compressionType: string;
  /** Settings that the brokers did not report, or reported with an invalid value. */
  readonly unreported: ReadonlySet<SettingName>;
}

/**
 * Parses reported settings. Brokers other than Apache Kafka's may lack some: Redpanda has no `min.insync.replicas`.
 *
 * @see https://kafka.apache.org/documentation/#topicconfigs
 */
export function toTopicSettings(configs: ReadonlyMap<string, string>): TopicSettings {
  const unreported = new Set<SettingName>();

  function read<T>(name: SettingName, pattern: RegExp, convert: (text: string) => T, otherwise: T): T {
    const text = configs.get(name);
    if (text !== undefined && pattern.test(text)) {
      return convert(text);
    }
    unreported.add(name);
    return otherwise;
  }

  const none: Omit<TopicSettings, 'unreported'> = defaultTopicSettings;
  const policies = /^(delete|compact)(, *(delete|compact))*$/;
  const compressions = /^(producer|uncompressed|gzip|snappy|lz4|zstd)$/;
  return {
    minInSyncReplicas: read('min.insync.replicas', /^[1-9]\d{0,8}$/, Number, none.minInSyncReplicas),
    maxMessageBytes: read('max.message.bytes', /^\d{1,10}$/, Number, none.maxMessageBytes),
    cleanupPolicy: read('cleanup.policy', policies, String, none.cleanupPolicy),
    retentionMs: read('retention.ms', /^(-1|\d+)$/, Number, none.retentionMs),
    segmentMs: read('segment.ms', /^\d+$/, Number, none.segmentMs),
    deleteRetentionMs: read('delete.retention.ms', /^\d+$/, Number, none.deleteRetentionMs),
    uncleanLeaderElection: read(
      'unclean.leader.election.enable',
      /^(true|false)$/,
      isTrue,
      none.uncleanLeaderElection,
    ),
    compressionType: read('compression.type', compressions, String, none.compressionType),
    unreported,
  };
}

function isTrue(text: string): boolean {
  return text === 'true';
}

const dayMs = 86_400_000;
/** A time of this length or more counts as unlimited. Kafka's maximum is 2^63 − 1. */
export const neverMs = 10_000 * dayMs;
/** Kafka's maximum time, in milliseconds. */
const longest = '9223372036854775807';

/**
 * Maximum time that an event stays in its topic, given that Kafka deletes whole segments only. Tombstones of the latest
 * states must stay at least as long. Otherwise a filter that reads all events again would restore an erased state.
 */
export function findEventRetentionMs({
  retentionMs,
  segmentMs,
}: Pick<TopicSettings, 'retentionMs' | 'segmentMs'>): number {
  return retentionMs < 0 ? Number.POSITIVE_INFINITY : retentionMs + segmentMs;
}

/** Minimum time that the latest-state topic keeps a tombstone. Infinite from `neverMs` on. */
export function findTombstoneRetentionMs({
  cleanupPolicy,
  retentionMs,
  deleteRetentionMs,
}: Pick<TopicSettings, 'cleanupPolicy' | 'retentionMs' | 'deleteRetentionMs'>): number {
  const isDeleted = cleanupPolicy.includes('delete') && retentionMs >= 0;
  const lifeMs = Math.min(deleteRetentionMs, isDeleted ? retentionMs : Number.POSITIVE_INFINITY);
  return lifeMs >= neverMs ? Number.POSITIVE_INFINITY : lifeMs;
}

/** Formats a time as the value of a setting. */
export function toSettingMs(ms: number): string {
  return ms >= neverMs ? longest : String(ms);
}
