import type { TopicValidation } from './topics.ts';

/** One record to store: a Kafka record, or one line of the journal. */
export interface SinkRecord {
  readonly topic: string;
  /** Record key, UTF-8. `null` only for dead letters: they have no entity. */
  readonly key: string | null;
  /** The bytes as the provider sent them. */
  readonly value: Buffer;
  /** Header values are UTF-8 text. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Why a store will never take a record. Only such a record is not retried. */
export type RejectionReason = 'too_large' | 'rejected_by_broker';

export interface Rejection {
  /** Index into the records of the `append` call. */
  readonly index: number;
  readonly reason: RejectionReason;
}

/** Stores records durably. This is all that the receiver knows of Kafka or of the journal. */
export interface Sink {
  /** Tries to connect until it succeeds. Resolves when an append can succeed; rejects only after `close`. */
  start(): Promise<void>;
  /**
   * Stores all records. Resolves when each one is either stored durably or in the returned list.
   *
   * @param deadline in the time of `Clock.now`; the promise settles by then.
   * @throws {SinkError} when at least one record is not known to be stored. Others may be stored: the caller answers 503,
   *   the provider sends all of them again, and consumers drop the duplicates by `ce_id`.
   */
  append(records: readonly SinkRecord[], deadline: number): Promise<readonly Rejection[]>;
  health(): SinkHealth;
  /** For the status page. A sink whose health says all leaves it out. */
  status?(): SinkStatus;
  /** Finishes the appends under way, then disconnects. Later appends are refused. */
  close(): Promise<void>;
}

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
  readonly judgement?: TopicValidation | undefined;
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

/**
 * Why an append did not store everything. The provider sends the events again: the answer is 503.
 *
 * - `sink_unavailable`: the circuit is open, or the store refuses everything for now
 * - `sink_timeout`: the deadline passed before the store acknowledged
 * - `sink_full`: the bound on queued bytes is reached, or the disk is full
 * - `sink_unroutable`: the store is well, and sends a record of that key to nobody as it is set up now
 * - `sink_closed`: the process is shutting down
 */
export type SinkErrorCode =
  | 'sink_unavailable'
  | 'sink_timeout'
  | 'sink_full'
  | 'sink_unroutable'
  | 'sink_closed';

export class SinkError extends Error {
  readonly code: SinkErrorCode;

  constructor(code: SinkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SinkError';
    this.code = code;
  }
}
