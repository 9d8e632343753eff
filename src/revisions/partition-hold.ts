import type { LogRecord, OutputRecord } from './log-record.ts';
import type { LogReset } from './log-reset.ts';

export interface ReadRecords {
  readonly records: readonly LogRecord[];
  /** Where to read on. */
  readonly nextOffset: number;
  /** First offset that cannot be read yet. */
  readonly endOffset: number;
  /** The answer was cut by the size limit: more is waiting. */
  readonly isFull: boolean;
}

/** What one transaction does. */
export interface PartitionOutput {
  readonly latest: readonly OutputRecord[];
  readonly deadLetters: readonly OutputRecord[];
  /** The group goes on from here. */
  readonly nextOffset: number;
  /** What is written in the place of a record of `latest` that the broker will never take. */
  readonly toDeadLetter: (index: number) => OutputRecord;
}

/**
 * The right to process one partition of the events topic. Who held it before can write nothing any more, from before
 * the moment that this hold read its start. After any rejection of `commit` it is of no more use: release it and
 * acquire another.
 */
export interface PartitionHold {
  /** Where processing goes on: the committed offset, read after everybody else was fenced, unless a log was reset. */
  readonly startOffset: number;
  /** Why it does not go on there. The new start is committed already. */
  readonly resets: readonly LogReset[];
  /** A record with a longer body would not be taken by the latest-state topic. */
  readonly maxBodyBytes: number;
  /**
   * Committed records of the events topic; waits `maxWaitMs` for the first one.
   *
   * @throws {LogChangedError} when that offset is no longer what comes next
   */
  readInput(fromOffset: number, maxWaitMs: number): Promise<ReadRecords>;
  /** This partition of the latest-state topic to its end, from the first record of at least that time on. */
  readLatest(fromTimestampMs: number): AsyncIterable<ReadRecords>;
  /**
   * Writes the output and the group's offset, all or nothing.
   *
   * @returns how many records of `latest` became dead letters
   * @throws {FencedError} when another hold was acquired since
   * @throws {LogChangedError} when the latest-state topic is not the one that was restored from
   */
  commit(output: PartitionOutput): Promise<number>;
  /** Ends it at once: what is under way is aborted by the next hold, or by the broker in time. */
  release(): void;
}

export type AcquireHold = (partition: number, signal: AbortSignal) => Promise<PartitionHold>;

/** Somebody else has acquired the partition. */
export class FencedError extends Error {
  constructor(options?: ErrorOptions) {
    super('Another process has taken the partition over', options);
    this.name = 'FencedError';
  }
}

/** A log is not the continuation of what was read from it or written to it. The next hold knows where to go on. */
export class LogChangedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LogChangedError';
  }
}
