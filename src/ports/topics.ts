/** The roles of topics, as the command line and the chart name them. */
export const topicRoles = ['events', 'dead-letter', 'latest'] as const;

/** A setting that the operator chose for new topics. */
export interface ChosenTopicSetting {
  /** Role of the topics that get this setting, or `undefined` for all roles. */
  readonly role: (typeof topicRoles)[number] | undefined;
  /** Kafka's name for the setting, such as `retention.ms`. */
  readonly name: string;
  readonly value: string;
}

/** Settings of new topics. Defaults for omitted settings depend on the number of brokers. */
export interface NewTopicOptions {
  /** Number of partitions of each topic except dead-letter topics, which need at most three partitions. */
  readonly partitionCount: number;
  /** Number of partitions of a dead-letter topic. Defaults to the lower of three and `partitionCount`. */
  readonly deadLetterPartitionCount?: number | undefined;
  /** Number of replicas. Defaults to the lower of three and the number of brokers. */
  readonly replicationFactor?: number | undefined;
  /** Minimum number of in-sync replicas. Defaults to the number of replicas minus one. */
  readonly minInSyncReplicas?: number | undefined;
  /**
   * Settings that add to the defaults or override them. A later setting overrides an earlier setting, and a setting
   * for one role overrides a setting for all roles.
   */
  readonly chosenSettings?: readonly ChosenTopicSetting[] | undefined;
}

/** One topic in the report of `topics`, with the outcome and the remaining problems. */
export interface TopicReport {
  readonly topic: string;
  /** Outcome for the topic. `missing` means that the topic does not exist and the dry run did not create it. */
  readonly outcome: 'created' | 'present' | 'missing';
  readonly partitionCount: number;
  /** Number of replicas, or `undefined` if the store does not report this number. */
  readonly replicationFactor: number | undefined;
  /** Settings in which an existing topic differs from a new one. */
  readonly differences: readonly TopicDifference[];
  readonly findings: readonly TopicFinding[];
}

export interface TopicDifference {
  readonly setting: string;
  readonly wanted: string;
  readonly actual: string;
}

/** The durability of a topic, according to the last check. */
export interface TopicValidation {
  readonly verdict: 'ok' | TopicFinding['verdict'];
  readonly findings: readonly TopicFinding[];
}

export interface TopicFinding {
  readonly verdict: 'warning' | 'error';
  /** One sentence for the operator that states the fact and its consequence. */
  readonly message: string;
}
