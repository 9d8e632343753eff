import type { TopicValidation } from './topics.ts';

/** A record to store, such as a Kafka record or a line of the journal. */
export interface SinkRecord {
  readonly topic: string;
  /** Record key, in UTF-8. `null` only for dead letters, which have no entity. */
  readonly key: string | null;
  /** The original bytes that the provider sent. */
  readonly value: Buffer;
  /** Header values are UTF-8 text. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Reasons for which a store permanently rejects a record. All other failures are retried. */
export type RejectionReason = 'too_large' | 'rejected_by_broker';

/** Predicts whether a store would reject a record. `unknown` means that this client cannot read the store's limits. */
export type RejectionForecast = (record: SinkRecord) => RejectionReason | 'unknown' | undefined;

export interface Rejection {
  /** Index of the record in the `append` call. */
  readonly index: number;
  readonly reason: RejectionReason;
}

/** A record that was written to the spool because the store did not confirm the record in time. */
export interface SpooledRecord {
  /** Index of the record in the `append` call. */
  readonly index: number;
  readonly reason: 'spooled';
}

/** The sink of a receiver: a store, or a store with a spool. `append` also lists the records that are in the spool. */
export interface ReceiverSink extends Omit<Sink, 'append'> {
  append(records: readonly SinkRecord[], deadline: number): Promise<readonly (Rejection | SpooledRecord)[]>;
}

/** Stores records durably. The receiver accesses every kind of store only through this interface. */
export interface Sink {
  /** Connects, with unlimited retries. Resolves when an append can succeed. Rejects only after `close`. */
  start(): Promise<void>;
  /**
   * Stores all records. Resolves when each one is either stored durably or in the returned list.
   *
   * @param deadline time by which the promise settles, as a `Clock.now` value
   * @throws {SinkError} if at least one record is not known to be stored. Other records may be stored. The receiver
   * then returns 503, the provider redelivers all events, and consumers drop the duplicates by `ce_id`.
   */
  append(records: readonly SinkRecord[], deadline: number): Promise<readonly Rejection[]>;
  health(): SinkHealth;
  /** Returns details for the status page. Absent if `health` contains all details. */
  status?(): SinkStatus;
  /** Finishes the appends in flight, then disconnects. Later appends are rejected. */
  close(): Promise<void>;
}

/** The state of a sink, for readiness. */
export interface SinkHealth {
  readonly up: boolean;
  /** Description of the state, as one sentence for the operator. Empty if the sink is up and has no problem. */
  readonly detail: string;
  /** Whether the sink cannot recover without a changed setting, permission or name. Absent if unknown. */
  readonly isFinal?: boolean;
}

/** The state of the parts of a sink. Because the state is cached, reading it does not send a request to the store. */
export interface SinkStatus {
  readonly topics: readonly TopicStatus[];
  /**
   * A problem that needs the operator's attention although records are accepted. `undefined` if no such problem
   * exists.
   */
  readonly notice?: string | undefined;
  /** State of the store behind the spool. If a spool is used, the sink reports the health of the spool as its own. */
  readonly store?: Pick<SinkHealth, 'up' | 'detail'>;
  readonly spool?: SpoolStatus;
}

export interface TopicStatus {
  readonly topic: string;
  /** Result of the last topic check. Absent before the first check, and for a store without topic checks. */
  readonly validation?: TopicValidation | undefined;
  /**
   * Reason why the topic rejects some or all records, as a text for the operator. `undefined` if the topic accepts all
   * records.
   */
  readonly problem?: string | undefined;
}

export interface SpoolStatus {
  /** Reason why the spool rejects writes. `undefined` if the spool accepts writes. */
  readonly problem: string | undefined;
  /** Size of the spool's files in bytes, including drained parts. */
  readonly bytes: number;
  readonly limitBytes: number;
  /** Time of the oldest record in ISO 8601. `undefined` while the spool is empty. */
  readonly oldestReceivedAt: string | undefined;
}

/**
 * Reason why an append did not store all records. The receiver then returns 503, and the provider redelivers the
 * events.
 *
 * - `sink_unavailable`: the circuit is open, or the store rejects all writes for now
 * - `sink_timeout`: the deadline passed before the store acknowledged
 * - `sink_full`: the limit of queued bytes is reached, or the disk is full
 * - `sink_unroutable`: the store is available, but its configuration has no route for a record with this key
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
