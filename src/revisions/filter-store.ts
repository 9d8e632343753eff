import type { Logger } from '../runtime/logger.ts';
import type { TopicFinding } from '../sink/topic-report.ts';
import type { AcquireHold } from './partition-hold.ts';

/** Everything that a filter which runs until it is stopped does with its store. */
export interface FilterStore {
  /** Asks until the store answers; rejects when closed. */
  describeTopics(): Promise<FilterTopics>;
  readonly acquire: AcquireHold;
  /** The end of each of these partitions of the events topic, behind its last record. Unknown ends are left out. */
  readEnds(partitions: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** For the operator: what happened, and what to do. */
  describeProblem(error: unknown): string;
  join(options: {
    readonly owned: () => readonly number[];
    readonly onAssignment: (partitions: readonly number[]) => void;
    readonly onFenced: (error: Error) => void;
  }): GroupMembership;
  close(): void;
}

/** What the store says of the filter's topics. */
export interface FilterTopics {
  readonly events: FilterTopic;
  readonly latest: FilterTopic;
  readonly deadLetter: FilterTopic;
  /** Why the filter must not run on them. */
  readonly refusal?: string;
  /** What should be changed, but does no harm at once. */
  readonly findings: readonly TopicFinding[];
}

interface FilterTopic {
  readonly topic: string;
  /** 0 when it does not exist. */
  readonly partitionCount: number;
}

export interface FilterStoreDeps {
  readonly topics: { readonly events: string; readonly latest: string; readonly deadLetter: string };
  readonly groupId: string;
  readonly instanceId?: string;
  readonly sessionTimeoutMs: number;
  readonly fetchBytes: number;
  /** `error` is `undefined` when the problem there is over. */
  readonly onProblem: (place: ProblemPlace, error: Error | undefined) => void;
  readonly logger: Logger;
  /** A quota is used up: the connection to that broker pauses for so long. */
  readonly onThrottle: (broker: number | undefined, seconds: number) => void;
}

/** A partition is named by its number. */
export type ProblemPlace = 'topics' | 'group' | 'ends' | number;

/** This process's place in its consumer group. */
export interface GroupMembership {
  /** The coordinator has confirmed it within the session timeout. */
  isMember(): boolean;
  /** Resolves with the next confirmation: this process still owns what it was assigned. */
  whenConfirmed(signal: AbortSignal): Promise<void>;
  /** Leaves, so that others take over at once; a static member leaves its place to its successor. */
  stop(): Promise<void>;
}
