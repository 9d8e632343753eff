/** Which of the topics a setting is for, as the command line and the chart name them. */
export const topicRoles = ['events', 'dead-letter', 'latest'] as const;

/** A setting that the operator chose for new topics. */
export interface ChosenTopicSetting {
  /** `undefined`: all of them. */
  readonly role: (typeof topicRoles)[number] | undefined;
  /** Kafka's name, such as `retention.ms`. */
  readonly name: string;
  readonly value: string;
}

/** How new topics are made. What is left out is chosen by the number of brokers. */
export interface NewTopicOptions {
  /** For all topics but those for dead letters, which need no more than three. */
  readonly partitionCount: number;
  /** Default: three, or as many as the others have. */
  readonly deadLetterPartitionCount?: number | undefined;
  /** Default: three, or as many as there are brokers. */
  readonly replicationFactor?: number | undefined;
  /** Default: one less than replicas. */
  readonly minInSyncReplicas?: number | undefined;
  /** Settings beside the usual ones, or instead of them. A later one wins; one for a role wins over one for all. */
  readonly chosenSettings?: readonly ChosenTopicSetting[] | undefined;
}

/** One topic in the report of `topics`: what was done, and what remains to be known of it. */
export interface TopicReport {
  readonly topic: string;
  /** `missing`: a dry run did not create it. */
  readonly outcome: 'created' | 'present' | 'missing';
  readonly partitionCount: number;
  /** `undefined`: the store does not tell. */
  readonly replicationFactor: number | undefined;
  /** How an existing topic differs from one that would be created. */
  readonly differences: readonly TopicDifference[];
  readonly findings: readonly TopicFinding[];
}

export interface TopicDifference {
  readonly setting: string;
  readonly wanted: string;
  readonly actual: string;
}

/** Whether a topic keeps what its store acknowledges, as the last check saw it. */
export interface TopicValidation {
  readonly verdict: 'ok' | TopicFinding['verdict'];
  readonly findings: readonly TopicFinding[];
}

export interface TopicFinding {
  readonly verdict: 'warning' | 'error';
  /** One sentence for a person: the fact and its consequence. */
  readonly message: string;
}
