export type SettingName =
  | 'min.insync.replicas'
  | 'max.message.bytes'
  | 'cleanup.policy'
  | 'retention.ms'
  | 'segment.ms'
  | 'delete.retention.ms'
  | 'unclean.leader.election.enable'
  | 'compression.type';

/** Kafka default values. A default applies if the client may not read a setting or the broker does not report it. */
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

/** The effective settings of a topic. A setting that the broker did not report has the Kafka default value. */
export interface TopicSettings {
  readonly minInSyncReplicas: number;
  readonly maxMessageBytes: number;
  /** Either `delete`, `compact`, or both separated by a comma. */
  readonly cleanupPolicy: string;
  /** Retention time in milliseconds. −1 means unlimited. */
  readonly retentionMs: number;
  /** Maximum age of a segment in milliseconds before it is closed. Only closed segments can be deleted. */
  readonly segmentMs: number;
  /** Time in milliseconds for which compaction keeps a tombstone. */
  readonly deleteRetentionMs: number;
  readonly uncleanLeaderElection: boolean;
  /**
   * Compression of the topic. With `producer`, brokers store records as they were sent. With any other value, they
   * compress the records again.
   */
  readonly compressionType: string;
  /** Settings that the brokers either did not report or reported with an invalid value. */
  readonly unreported: ReadonlySet<SettingName>;
}

/**
 * Parses the reported settings. Brokers other than Apache Kafka may lack some settings. For example, Redpanda has no
 * `min.insync.replicas`.
 *
 * @see https://kafka.apache.org/documentation/#topicconfigs
 */
export function toTopicSettings(configs: ReadonlyMap<string, string>): TopicSettings {
  const unreportedSettings = new Set<SettingName>();

  function readSetting<T>(name: SettingName, pattern: RegExp, convert: (text: string) => T, otherwise: T): T {
    const text = configs.get(name);
    if (text !== undefined && pattern.test(text)) {
      return convert(text);
    }
    unreportedSettings.add(name);
    return otherwise;
  }

  const defaultSettings: Omit<TopicSettings, 'unreported'> = defaultTopicSettings;
  const policies = /^(delete|compact)(, *(delete|compact))*$/;
  const compressions = /^(producer|uncompressed|gzip|snappy|lz4|zstd)$/;
  return {
    minInSyncReplicas: readSetting(
      'min.insync.replicas',
      /^[1-9]\d{0,8}$/,
      Number,
      defaultSettings.minInSyncReplicas,
    ),
    maxMessageBytes: readSetting('max.message.bytes', /^\d{1,10}$/, Number, defaultSettings.maxMessageBytes),
    cleanupPolicy: readSetting('cleanup.policy', policies, String, defaultSettings.cleanupPolicy),
    retentionMs: readSetting('retention.ms', /^(-1|\d+)$/, Number, defaultSettings.retentionMs),
    segmentMs: readSetting('segment.ms', /^\d+$/, Number, defaultSettings.segmentMs),
    deleteRetentionMs: readSetting('delete.retention.ms', /^\d+$/, Number, defaultSettings.deleteRetentionMs),
    uncleanLeaderElection: readSetting(
      'unclean.leader.election.enable',
      /^(true|false)$/,
      isTrueSetting,
      defaultSettings.uncleanLeaderElection,
    ),
    compressionType: readSetting('compression.type', compressions, String, defaultSettings.compressionType),
    unreported: unreportedSettings,
  };
}

function isTrueSetting(text: string): boolean {
  return text === 'true';
}

const dayMs = 86_400_000;
/** Minimum time in milliseconds that counts as unlimited. The maximum in Kafka is 2^63 − 1. */
export const unlimitedRetentionMs = 10_000 * dayMs;
/** Maximum time that Kafka accepts, in milliseconds. */
const maxKafkaTimeMs = '9223372036854775807';

/**
 * Returns the maximum time that an event stays in its topic, considering that Kafka deletes only whole segments.
 * Tombstones of latest states must be kept at least that long. Otherwise, a filter that reads all events again would
 * restore an erased state.
 */
export function findEventRetentionMs({
  retentionMs,
  segmentMs,
}: Pick<TopicSettings, 'retentionMs' | 'segmentMs'>): number {
  return retentionMs < 0 ? Number.POSITIVE_INFINITY : retentionMs + segmentMs;
}

/**
 * Returns the minimum time that the latest-state topic keeps a tombstone. Values of `unlimitedRetentionMs` or more count as
 * infinite.
 */
export function findTombstoneRetentionMs({
  cleanupPolicy,
  retentionMs,
  deleteRetentionMs,
}: Pick<TopicSettings, 'cleanupPolicy' | 'retentionMs' | 'deleteRetentionMs'>): number {
  const isDeleted = cleanupPolicy.includes('delete') && retentionMs >= 0;
  const tombstoneRetentionMs = Math.min(
    deleteRetentionMs,
    isDeleted ? retentionMs : Number.POSITIVE_INFINITY,
  );
  return tombstoneRetentionMs >= unlimitedRetentionMs ? Number.POSITIVE_INFINITY : tombstoneRetentionMs;
}

export function formatSettingMs(ms: number): string {
  return ms >= unlimitedRetentionMs ? maxKafkaTimeMs : String(ms);
}
