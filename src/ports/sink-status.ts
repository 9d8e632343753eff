import type { TopicJudgement } from './topics.ts';

/** The state of a sink, for readiness. */
export interface SinkHealth {
  readonly up: boolean;
  /** One sentence for a person; empty when up and nothing is amiss. */
  readonly detail: string;
  /** It does not come up by itself: a setting, a right or a name has to be changed. Absent when that is not known. */
  readonly isFinal?: boolean;
}

/** What a sink knows of its parts. Who looks gets what is held: nothing is asked of the store for it. */
export interface SinkStatus {
  readonly topics: readonly TopicStatus[];
  /** What somebody should look at although records are taken, for a person; `undefined` when there is nothing. */
  readonly notice?: string | undefined;
  /** With a spool, whose health is the sink's: the store behind it. */
  readonly store?: Pick<SinkHealth, 'up' | 'detail'>;
  readonly spool?: SpoolStatus;
}

export interface TopicStatus {
  readonly topic: string;
  /** Absent before the first check, and of a store that has nothing to judge. */
  readonly judgement?: TopicJudgement | undefined;
  /** Why it takes no records, or not all of them, for a person; `undefined` when it does. */
  readonly problem?: string | undefined;
}

export interface SpoolStatus {
  /** Why it takes nothing; `undefined` when it does. */
  readonly problem: string | undefined;
  /** The size of the files, drained parts included. */
  readonly bytes: number;
  readonly limitBytes: number;
  /** ISO 8601; `undefined` while it is empty. */
  readonly oldestReceivedAt: string | undefined;
}
