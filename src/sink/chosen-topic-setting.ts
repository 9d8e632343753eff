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
