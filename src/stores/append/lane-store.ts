import type { RejectionReason } from '../../ports/sink.ts';
import type { BackoffRange } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { CircuitSettings, CircuitState } from './circuit.ts';
import type { QueuedBatch } from './partition-queue.ts';

export const laneFailureKinds = [
  'connection',
  'timeout',
  'authentication',
  'protocol',
  'answer_check',
] as const;

/**
 * Reason why a connection must not be reused. `answer_check` means that a response did not account for every sent
 * record.
 */
export type LaneFailure = (typeof laneFailureKinds)[number];

/**
 * A connection to a store. The connection is opened once, closed once, and carries at most one request at a time. The
 * connection keeper replaces the connection if it closes without an event, or if a call throws or never settles.
 */
export interface LaneConnection {
  connect(): Promise<void>;
  /** Returns true after `connect` has resolved and until the connection ends. */
  isOpen(): boolean;
  /**
   * Sets the listener that is called once when either side ends the connection. Must be called before `connect`. The
   * listener is not called if the outcome of a request in flight already reports the end.
   */
  onEnd(listener: () => void): void;
  /**
   * Returns the time until which the store has requested a pause, as a `Clock.now` value. Returns 0 if the store has
   * not requested a pause.
   */
  throttledUntil(): number;
  /** Closes the connection, even if it is still being opened. May be called more than once. */
  close(): void;
}

export interface LaneRequest<C extends LaneConnection> {
  readonly connection: C;
  readonly batches: readonly QueuedBatch[];
  /** Time at which the request was sent, as a `Clock.now` value. */
  readonly startedAt: number;
}

/**
 * Outcome of one batch.
 *
 * - `commit`: the store has stored the batch
 * - `reject`: the store can never accept the batch, because one of its records is invalid
 * - `deny`: the store does not allow writes to the queue, and this problem does not resolve by itself
 * - `retry`: the batch is not stored yet, or it is unknown whether the batch is stored
 */
export type BatchOutcome<R extends string> =
  | { readonly action: 'commit' }
  | { readonly action: 'reject'; readonly reason: RejectionReason }
  | { readonly action: 'deny'; readonly problem: string }
  | {
      readonly action: 'retry';
      readonly cause: R;
      /** Human-readable message from the store about this queue. Absent if the connection caused the failure. */
      readonly problem?: string;
    };

export const commitOutcome = { action: 'commit' } as const;

export interface RequestOutcome<R extends string> {
  /** One outcome for each batch, in the order of the batches. */
  readonly outcomes: readonly BatchOutcome<R>[];
  /** Reason why the connection must not be reused, or `undefined` if it can be reused. */
  readonly failure: LaneFailure | undefined;
}

/** A produce request to which the store has responded. */
export interface ProduceSample {
  /** Value of the metric label `to`. */
  readonly to: string | number;
  readonly records: number;
  readonly durationSeconds: number;
}

export interface LaneMetrics<R extends string> {
  /** Called when a lane to this target is opened. Several lanes may have the same target. */
  laneOpened(to: string | number): void;
  produced(sample: ProduceSample): void;
  retried(cause: R, records: number): void;
  rebuilt(cause: LaneFailure): void;
  answerCheckFailed(): void;
}

/**
 * Everything a lane needs to send records to one server, queue or exchange of its store.
 *
 * @typeParam R causes of retries in this store
 */
export interface LaneStore<C extends LaneConnection, R extends string> {
  /** Name of the target, capitalized for the start of a sentence. */
  readonly name: string;
  /** Name of the target, as a metric label. */
  readonly label: string | number;
  /** Creates a connection without connecting it. */
  openConnection(): C;
  /**
   * Sends the batches of a request. Resolves with the outcome of each batch and the state of the connection. Rejects
   * only if this program has a bug, in which case the connection is replaced.
   */
  send(request: LaneRequest<C>): Promise<RequestOutcome<R>>;
  /**
   * Logs why a connection attempt failed, and returns the text. @param isFirst whether this is the first failure
   * since the connection last worked, which is logged as a warning
   */
  reportConnectError(error: unknown, isFirst: boolean): string;
  /** Called when the connection has ended or could not be opened. */
  onDisconnect(): void;
  onCircuitChange(state: CircuitState, previous: CircuitState): void;
}

export interface LaneDeps<C extends LaneConnection, R extends string> {
  readonly store: LaneStore<C, R>;
  readonly settings: LaneSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: LaneMetrics<R>;
}

export interface LaneSettings {
  readonly maxFlushRecords: number;
  readonly maxFlushBytes: number;
  readonly retryDelayMs: BackoffRange;
  readonly circuit: CircuitSettings;
  /**
   * Time in milliseconds after which a connection attempt or an unanswered request is abandoned, even if the client
   * library does not give up. Longer than the timeouts of the store and the deadline of any append.
   */
  readonly giveUpMs: number;
  /** Time in milliseconds after which a request in flight counts as slow, so that another lane may take over its queues. */
  readonly slowFlushMs: number;
}

export const defaultLaneSettings: LaneSettings = {
  maxFlushRecords: 1000,
  maxFlushBytes: 900_000,
  retryDelayMs: { first: 50, last: 400 },
  circuit: { openAfterMs: 3000, minFailures: 2, probeDelayMs: { first: 500, last: 2000 } },
  giveUpMs: 10_000,
  slowFlushMs: 1000,
};
