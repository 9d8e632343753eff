/** The settings of a topic that matter here, by Kafka's names. */
export type SettingName =
  | 'min.insync.replicas'
  | 'max.message.bytes'
  | 'cleanup.policy'
  | 'retention.ms'
  | 'unclean.leader.election.enable'
  | 'compression.type';

/** Kafka's defaults, for a client that may not read a setting, and for brokers that do not report it. */
export const defaultTopicSettings = {
  minInSyncReplicas: 1,
  maxMessageBytes: 1_048_588,
  cleanupPolicy: 'delete',
  retentionMs: 604_800_000,
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
    if (text === undefined || !pattern.test(text)) {
      unreported.add(name);
      return otherwise;
    }
    return convert(text);
  }

  const none = defaultTopicSettings;
  return {
    minInSyncReplicas: read('min.insync.replicas', /^[1-9]\d{0,8}$/, Number, none.minInSyncReplicas),
    maxMessageBytes: read('max.message.bytes', /^\d{1,10}$/, Number, none.maxMessageBytes),
    cleanupPolicy: read<string>(
      'cleanup.policy',
      /^(delete|compact)(, *(delete|compact))*$/,
      String,
      none.cleanupPolicy,
    ),
    retentionMs: read('retention.ms', /^(-1|\d+)$/, Number, none.retentionMs),
    uncleanLeaderElection: read<boolean>(
      'unclean.leader.election.enable',
      /^(true|false)$/,
      (text) => text === 'true',
      none.uncleanLeaderElection,
    ),
    compressionType: read<string>(
      'compression.type',
      /^(producer|uncompressed|gzip|snappy|lz4|zstd)$/,
      String,
      none.compressionType,
    ),
    unreported,
  };
}
