import type { ChosenTopicSetting } from './chosen-topic-setting.ts';

/** How new topics are made. What is left out is chosen by the number of brokers. */
export interface NewTopicOptions {
  /** Of all topics but those for dead letters, which need no more than three. */
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
