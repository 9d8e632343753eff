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

export interface TopicFinding {
  readonly verdict: 'warning' | 'error';
  /** One sentence for a person: the fact and its consequence. */
  readonly message: string;
}
