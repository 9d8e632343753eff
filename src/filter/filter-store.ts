import type { TopicFinding } from '../ports/topics.ts';
import type { LogReset } from './decide-start.ts';
import type { LogRecord } from './log-record.ts';
import type { OutputRecord } from './output-record.ts';

/** Everything that a filter of partitions does with its store. */
export interface FilterStore {
  /** Asks until the store answers; rejects when closed. */
  describeTopics(): Promise<FilterTopics>;
  readonly acquire: AcquireLease;
  /** The end of each of these partitions of the events topic, behind its last record. Unknown ends are left out. */
  readEnds(partitions: readonly number[]): Promise<ReadonlyMap<number, number>>;
  readonly group: GroupMembership;
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

/** Who processes what the group assigns to this process. */
export interface AssignedPartitions {
  /** Those that are processed here. */
  owned(): readonly number[];
  /** Called after each round of the group, also when nothing changed. */
  assign(partitions: readonly number[]): void;
}

/** This process's place in its consumer group. */
export interface GroupMembership {
  /** Becomes a member, and stays one until it leaves. Called once. */
  join(assigned: AssignedPartitions): void;
  /** The coordinator has confirmed it within the session timeout. */
  isMember(): boolean;
  /** Resolves with the next confirmation: this process still owns what it was assigned. */
  whenConfirmed(signal: AbortSignal): Promise<void>;
  /** So that others take over at once. It may not have joined. */
  leave(): Promise<void>;
}

export interface ReadRecords {
  readonly records: readonly LogRecord[];
  /** The offset to read next. */
  readonly nextOffset: number;
  /** The first offset that cannot be read yet. */
  readonly endOffset: number;
  /** The size limit cut the answer: more records wait. */
  readonly isFull: boolean;
}

/** What one transaction does. */
export interface PartitionOutput {
  readonly latest: readonly OutputRecord[];
  readonly deadLetters: readonly OutputRecord[];
  /** The new offset of the group. */
  readonly nextOffset: number;
  /** Makes the dead letter for a record of `latest` that the broker rejects. */
  readonly toDeadLetter: (index: number) => OutputRecord;
}

/**
 * The right to process one partition of the events topic. The holder before could write nothing any more before this hold
 * read its start. After `commit` has failed, release the hold and acquire another.
 */
export interface PartitionLease {
  /** Where processing continues: the committed offset, read after all others were fenced, unless a log was reset. */
  readonly startOffset: number;
  /** The latest-state topic would reject a record with a longer body. */
  readonly maxBodyBytes: number;
  /** The time of the record at the start, when there is one already; negative when it is not known. */
  findNextTime(): Promise<number | undefined>;
  /**
   * Committed records of the events topic; waits `maxWaitMs` for the first one. All holds of a process share a bound of
   * memory: what is read counts until it is committed, and a read waits for room.
   *
   * @throws {LogChangedError} when that offset is no longer what comes next
   */
  readInput(fromOffset: number, maxWaitMs: number): Promise<ReadRecords>;
  /** Reads this partition of the latest-state topic, from the first record of at least that time to the end. */
  readLatest(fromTimestampMs: number): AsyncIterable<ReadRecords>;
  /**
   * Writes the output and the group's offset, all or nothing.
   *
   * @returns indexes of the records of `latest` that became dead letters, because the broker rejected them
   * @throws {FencedError} when another hold was acquired since
   * @throws {OverdueError} when the store has ended the transaction because it took too long
   * @throws {LogChangedError} when the latest-state topic is not the one that was restored from
   */
  commit(output: PartitionOutput): Promise<readonly number[]>;
  /** Ends the hold at once. The next hold, or the broker after a timeout, aborts the transaction under way. */
  release(): void;
}

/**
 * @param onReset hears why the start is not the committed offset, before the new start is committed: after a failure in
 *   between the next call finds the same again.
 */
export type AcquireLease = (
  partition: number,
  signal: AbortSignal,
  onReset: (reset: LogReset) => void,
) => Promise<PartitionLease>;

/** Somebody else has acquired the partition. */
export class FencedError extends Error {
  constructor(options?: ErrorOptions) {
    super('Another process has taken the partition over', options);
  }
}

/** The transaction took longer than the store allows. Whether somebody else has the partition meanwhile is not known. */
export class OverdueError extends Error {
  constructor(limitMs: number, options?: ErrorOptions) {
    super(`the transaction was ended, because it took longer than ${limitMs / 1000} s`, options);
  }
}

/** A log does not continue what was read from it or written to it. The next hold finds where to continue. */
export class LogChangedError extends Error {}
