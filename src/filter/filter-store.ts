import type { TopicFinding } from '../ports/topics.ts';
import type { LogReset } from './decide-start.ts';
import type { LogRecord } from './log-record.ts';
import type { OutputRecord } from './output-record.ts';

/** The store operations of a filter that processes partitions. */
export interface FilterStore {
  /** Describes the topics. Retries until the store responds. Rejects when closed. */
  describeTopics(): Promise<FilterTopics>;
  readonly acquire: LeaseAcquirer;
  /** Returns the end offset of each of these partitions of the events topic. Unknown ends are omitted. */
  readEnds(partitions: readonly number[]): Promise<ReadonlyMap<number, number>>;
  readonly group: GroupMembership;
  close(): void;
}

/** The filter's topics, as the store describes them. */
export interface FilterTopics {
  readonly events: FilterTopic;
  readonly latest: FilterTopic;
  readonly deadLetter: FilterTopic;
  /** Reasons why the filter must not run with these topics. */
  readonly refusal?: string;
  /** Problems that should be fixed but do not prevent running. */
  readonly findings: readonly TopicFinding[];
}

interface FilterTopic {
  readonly topic: string;
  /** Number of partitions, or 0 if the topic does not exist. */
  readonly partitionCount: number;
}

/** Processes the partitions that the group assigns to this process. */
export interface AssignedPartitions {
  owned(): readonly number[];
  /** Sets the assigned partitions. Called after each rebalance of the group, even if the assignment did not change. */
  assign(partitions: readonly number[]): void;
}

/** Membership of this process in its consumer group. */
export interface GroupMembership {
  /** Joins the group, and rejoins until `leave` is called. Call this method only once. */
  join(assigned: AssignedPartitions): void;
  /** Whether the coordinator has confirmed the membership within the session timeout. */
  isMember(): boolean;
  /** Resolves with the next confirmation that this process still owns its assigned partitions. */
  whenConfirmed(signal: AbortSignal): Promise<void>;
  /** Leaves the group, so that other members take over immediately. May be called before the group is joined. */
  leave(): Promise<void>;
}

export interface PartitionReadResult {
  readonly records: readonly LogRecord[];
  readonly nextOffset: number;
  /** End offset of the records that can be read at present. */
  readonly endOffset: number;
  /** Whether the response was truncated at the size limit, so that more records are available. */
  readonly isFull: boolean;
}

export interface PartitionOutput {
  readonly latest: readonly OutputRecord[];
  readonly deadLetters: readonly OutputRecord[];
  readonly nextOffset: number;
  /** Creates the dead letter for a record of `latest` that the broker rejects. */
  readonly toDeadLetter: (index: number) => OutputRecord;
}

/**
 * The exclusive right to process one partition of the events topic. The previous holder was fenced before the start
 * offset of this lease was read. If `commit` fails, release the lease and acquire a new one.
 */
export interface PartitionLease {
  /**
   * Offset at which processing continues. Unless a log was reset, this is the committed offset, which is read after
   * all other holders were fenced.
   */
  readonly startOffset: number;
  /** Maximum body size that the latest-state topic accepts. */
  readonly maxBodyBytes: number;
  /**
   * Returns the timestamp of the record at the start offset, if the record exists. The value is negative if the
   * timestamp is unknown.
   */
  findNextTime(): Promise<number | undefined>;
  /**
   * Reads committed records of the events topic. Waits up to `maxWaitMs` for the first one. All leases of a process
   * share a memory limit. Records count against the limit until they are committed, and a read waits for free memory.
   *
   * @throws {LogChangedError} if the log no longer continues at this offset
   */
  readInput(fromOffset: number, maxWaitMs: number): Promise<PartitionReadResult>;
  /** Reads this partition of the latest-state topic, from the first record at or after this timestamp to the end. */
  readLatest(fromTimestampMs: number): AsyncIterable<PartitionReadResult>;
  /**
   * Writes the output and the group's offset atomically.
   *
   * @returns indexes of the records of `latest` that became dead letters, because the broker rejected them
   * @throws {FencedError} if another lease was acquired since
   * @throws {TransactionTimeoutError} if the store has aborted the transaction because the transaction took too long
   * @throws {LogChangedError} if the latest-state topic is not the one that the table was restored from
   */
  commit(output: PartitionOutput): Promise<readonly number[]>;
  /** Ends the lease immediately. The next lease, or the broker after a timeout, aborts the transaction in flight. */
  release(): void;
}

/**
 * @param onReset called with the reason why processing does not start at the committed offset, before the new start
 * offset is committed. If acquiring the partition then fails, the next call reports the same reset again.
 */
export type LeaseAcquirer = (
  partition: number,
  signal: AbortSignal,
  onReset: (reset: LogReset) => void,
) => Promise<PartitionLease>;

/** Error that is thrown when another process has acquired the partition. */
export class FencedError extends Error {
  constructor(options?: ErrorOptions) {
    super('Another process has acquired the partition', options);
  }
}

/** The transaction exceeded the store's time limit. In the meantime, another process may have acquired the partition. */
export class TransactionTimeoutError extends Error {
  constructor(limitMs: number, options?: ErrorOptions) {
    super(`the transaction was aborted because it took longer than ${limitMs / 1000} s`, options);
  }
}

/**
 * A log does not continue the records that were previously read or written. The next lease determines where to
 * continue.
 */
export class LogChangedError extends Error {}
