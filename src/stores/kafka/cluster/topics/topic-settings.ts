/** The settings of a topic that matter here, by Kafka's names. */
export type SettingName =
  | 'min.insync.replicas'
  | 'max.message.bytes'
  | 'cleanup.policy'
  | 'retention.ms'
  | 'segment.ms'
  | 'delete.retention.ms'
  | 'unclean.leader.election.enable'
  | 'compression.type';

/** Kafka's defaults, for a client that may not read a setting, and for brokers that do not report it. */
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

/** The effective settings of a topic. What was not reported has Kafka's default here. */
export interface TopicSettings {
  readonly minInSyncReplicas: number;
  readonly maxMessageBytes: number;
  /** `delete`, `compact`, or both with a comma. */
  readonly cleanupPolicy: string;
  /** −1: without end. */
  readonly retentionMs: number;
  /** After so long a segment is closed, and can be deleted as a whole. */
  readonly segmentMs: number;
  /** How long compaction keeps a tombstone. */
  readonly deleteRetentionMs: number;
  readonly uncleanLeaderElection: boolean;
  /** `producer`: as it was sent. Anything else: the brokers write it anew, in this way. */
  readonly compressionType: string;
  /** Settings that the brokers left out, or gave in a form that Kafka does not know. */
  readonly unreported: ReadonlySet<SettingName>;
}

/**
 * Not every broker that speaks Kafka's protocol has all of Kafka's settings: Redpanda has no `min.insync.replicas`.
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
/** A longer time is none: Kafka's longest is 2^63 − 1. */
export const neverMs = 10_000 * dayMs;
/** Kafka's longest time. */
const longest = '9223372036854775807';

/**
 * For how long an event may stay in its topic: Kafka deletes whole segments. A tombstone of the latest states that goes
 * earlier lets a filter that reads all events again forward a state that was erased.
 */
export function findEventRetentionMs({
  retentionMs,
  segmentMs,
}: Pick<TopicSettings, 'retentionMs' | 'segmentMs'>): number {
  return retentionMs < 0 ? Number.POSITIVE_INFINITY : retentionMs + segmentMs;
}

/** For how long the latest-state topic keeps a tombstone; infinite when it is practically for ever. */
export function findTombstoneRetentionMs({
  cleanupPolicy,
  retentionMs,
  deleteRetentionMs,
}: Pick<TopicSettings, 'cleanupPolicy' | 'retentionMs' | 'deleteRetentionMs'>): number {
  const isDeleted = cleanupPolicy.includes('delete') && retentionMs >= 0;
  const lifeMs = Math.min(deleteRetentionMs, isDeleted ? retentionMs : Number.POSITIVE_INFINITY);
  return lifeMs >= neverMs ? Number.POSITIVE_INFINITY : lifeMs;
}

/** As the value of a setting. */
export function toSettingMs(ms: number): string {
  return ms >= neverMs ? longest : String(ms);
}
