/** The roles of topics, as the command line and the chart name them. */
export const topicRoles = ['events', 'dead-letter', 'latest'] as const;

/** A setting that the operator chose for new topics. */
export interface ChosenTopicSetting {
  /** Role of the topics with this setting. `undefined` means all roles. */
  readonly role: (typeof topicRoles)[number] | undefined;
  /** Kafka's name, such as `retention.ms`. */
  readonly name: string;
  readonly value: string;
}

/** Settings of new topics. Omitted ones are chosen by the number of brokers. */
export interface NewTopicOptions {
  /** Number of partitions of all topics except dead-letter topics, which need at most three. */
  readonly partitionCount: number;
  /** Defaults to three, or to `partitionCount` if that is less. */
  readonly deadLetterPartitionCount?: number | undefined;
  /** Defaults to three, or to the number of brokers if that is less. */
  readonly replicationFactor?: number | undefined;
  /** Defaults to the number of replicas minus one. */
  readonly minInSyncReplicas?: number | undefined;
  /**
   * Settings that add to the defaults or override them. A later setting overrides an earlier one, and a setting for a role
   * overrides one for all roles.
   */
  readonly chosenSettings?: readonly ChosenTopicSetting[] | undefined;
}

/** One topic in the report of `topics`: the outcome and its remaining problems. */
export interface TopicReport {
  readonly topic: string;
  /** `missing`: the topic does not exist, and the dry run did not create it. */
  readonly outcome: 'created' | 'present' | 'missing';
  readonly partitionCount: number;
  /** `undefined` if the store does not report it. */
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
  /** One sentence for the operator: the fact and its consequence. */
  readonly message: string;
}
