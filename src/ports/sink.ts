import type { TopicValidation } from './topics.ts';

/** One record to store: a Kafka record, or one line of the journal. */
export interface SinkRecord {
  readonly topic: string;
  /** Record key, in UTF-8. `null` only for dead letters, which have no entity. */
  readonly key: string | null;
  /** The original bytes of the provider. */
  readonly value: Buffer;
  /** Header values are UTF-8 text. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Why a store will never accept a record. All other failures are retried. */
export type RejectionReason = 'too_large' | 'rejected_by_broker';

/** Predicts whether a store would reject a record. `unknown` means that this client cannot read the store's limits. */
export type RejectionForecast = (record: SinkRecord) => RejectionReason | 'unknown' | undefined;

export interface Rejection {
  /** Index into the records of the `append` call. */
  readonly index: number;
  readonly reason: RejectionReason;
}

/** A record that was written to the spool, because the store did not confirm it in time. */
export interface SpooledRecord {
  /** Index into the records of the `append` call. */
  readonly index: number;
  readonly reason: 'spooled';
}

/** The sink of a receiver: a store, or a store with a spool. `append` also lists the records that are in the spool. */
export interface ReceiverSink extends Omit<Sink, 'append'> {
  append(records: readonly SinkRecord[], deadline: number): Promise<readonly (Rejection | SpooledRecord)[]>;
}

/** Stores records durably. The receiver accesses every kind of store only by this interface. */
export interface Sink {
  /** Connects, with unlimited retries. Resolves when an append can succeed. Rejects only after `close`. */
  start(): Promise<void>;
  /**
   * Stores all records. Resolves when each one is either stored durably or in the returned list.
   *
   * @param deadline in the time of `Clock.now`; the promise settles by then
   * @throws {SinkError} if at least one record is not known to be stored. Others may be stored: the receiver returns 503, the
   * provider sends all of them again, and consumers drop the duplicates by `ce_id`.
   */
  append(records: readonly SinkRecord[], deadline: number): Promise<readonly Rejection[]>;
  health(): SinkHealth;
  /** Details for the status page. Absent if `health` says everything. */
  status?(): SinkStatus;
  /** Finishes the appends in flight, then disconnects. Later appends are rejected. */
  close(): Promise<void>;
}

/** The state of a sink, for readiness. */
export interface SinkHealth {
  readonly up: boolean;
  /** One sentence for the operator. Empty if the sink is up and has no problem. */
  readonly detail: string;
  /**
   * Whether the sink cannot recover by itself, because a setting, a permission or a name has to be changed. Absent if that is
   * not known.
   */
  readonly isFinal?: boolean;
}

/** The state of the parts of a sink. It is cached: reading it sends no request to the store. */
export interface SinkStatus {
  readonly topics: readonly TopicStatus[];
  /** A problem that needs attention although records are accepted, for the operator. `undefined` if there is none. */
  readonly notice?: string | undefined;
  /** State of the store behind the spool. With a spool, the health of the sink is that of the spool. */
  readonly store?: Pick<SinkHealth, 'up' | 'detail'>;
  readonly spool?: SpoolStatus;
}

export interface TopicStatus {
  readonly topic: string;
  /** Absent before the first check, and for a store without such checks. */
  readonly validation?: TopicValidation | undefined;
  /** Why the topic rejects some or all records, for the operator. `undefined` if it accepts them. */
  readonly problem?: string | undefined;
}

export interface SpoolStatus {
  /** Why the spool rejects writes. `undefined` if it accepts them. */
  readonly problem: string | undefined;
  /** The size of the files, including drained parts. */
  readonly bytes: number;
  readonly limitBytes: number;
  /** ISO 8601. `undefined` while the spool is empty. */
  readonly oldestReceivedAt: string | undefined;
}

/**
 * Why an append did not store everything. The receiver returns 503, and the provider sends the events again.
 *
 * - `sink_unavailable`: the circuit is open, or the store rejects all writes for now
 * - `sink_timeout`: the deadline passed before the store acknowledged
 * - `sink_full`: the limit of queued bytes is reached, or the disk is full
 * - `sink_unroutable`: the store is available, but its configuration routes a record with this key nowhere
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
