import type { RejectionReason } from '../../ports/sink.ts';
import type { BackoffRange } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { CircuitSettings, CircuitState } from './circuit.ts';
import type { QueuedBatch } from './partition-queue.ts';

export const laneFailures = ['connection', 'timeout', 'authentication', 'protocol', 'answer_check'] as const;

/** Why a connection must not be reused. `answer_check`: a response did not account for every record that was sent. */
export type LaneFailure = (typeof laneFailures)[number];

/**
 * A connection to a store. It is opened once and closed once, and has at most one request in flight. The connection keeper
 * replaces it when a call throws or never settles, or when the connection closes without an event.
 */
export interface LaneConnection {
  connect(): Promise<void>;
  /** True after `connect` has resolved, until the connection ends. */
  isOpen(): boolean;
  /**
   * Sets the listener that is called once when either side ends the connection. It is not called if the outcome of the
   * request in flight reports the end. Called before `connect`.
   */
  onEnd(listener: () => void): void;
  /** The `Clock.now` until which the store has requested a pause; 0 if it has not requested one. */
  throttledUntil(): number;
  /** Closes the connection, even while it is being opened. May be called more than once. */
  close(): void;
}

export interface LaneRequest<C extends LaneConnection> {
  readonly connection: C;
  readonly batches: readonly QueuedBatch[];
  /** `Clock.now` when the request was sent. */
  readonly startedAt: number;
}

/**
 * Outcome of one batch.
 *
 * - `commit`: the batch is stored
 * - `reject`: the batch can never be stored, because of one of its records
 * - `deny`: the store does not allow writes to the queue, and this does not resolve by itself
 * - `retry`: the batch is not stored yet, or it is unknown whether it is stored
 */
export type BatchOutcome<R extends string> =
  | { readonly action: 'commit' }
  | { readonly action: 'reject'; readonly reason: RejectionReason }
  | { readonly action: 'deny'; readonly problem: string }
  | {
      readonly action: 'retry';
      readonly cause: R;
      /** The store's message about this queue, for people; absent if the connection caused the failure. */
      readonly problem?: string;
    };

export const committed = { action: 'commit' } as const;

export interface RequestOutcome<R extends string> {
  /** One outcome for each batch, in the same order. */
  readonly outcomes: readonly BatchOutcome<R>[];
  /** Why the connection must not be reused; `undefined` if it can be. */
  readonly failure: LaneFailure | undefined;
}

/** A produce request that the store responded to. */
export interface ProduceSample {
  /** Value of the label `to`. */
  readonly to: string | number;
  readonly records: number;
  readonly durationSeconds: number;
}

export interface LaneMetrics<R extends string> {
  /** A lane to this target was opened. Other lanes may have the same target. */
  laneOpened(to: string | number): void;
  produced(sample: ProduceSample): void;
  retried(cause: R, records: number): void;
  rebuilt(cause: LaneFailure): void;
  answerCheckFailed(): void;
}

/**
 * What a lane needs from its store, to reach one server, queue or exchange.
 *
 * @typeParam R causes of retries in this store
 */
export interface LaneStore<C extends LaneConnection, R extends string> {
  /** Name of the target, for the beginning of a sentence. */
  readonly name: string;
  /** Name of the target, as a metric label. */
  readonly label: string | number;
  /** Creates a connection without connecting it. */
  openConnection(): C;
  /**
   * Sends the batches of a request. Resolves with the outcome of each batch and of the connection. It rejects only on a bug
   * of this program; the connection is then replaced.
   */
  send(request: LaneRequest<C>): Promise<RequestOutcome<R>>;
  /** Logs why a connection attempt failed, and returns the text. @param isFirst first failure since a working connection: log a warning */
  reportConnectError(error: unknown, isFirst: boolean): string;
  /** The connection ended, or could not be opened. */
  onDisconnect(): void;
  onCircuitChange(state: CircuitState, previous: CircuitState): void;
}

export interface LaneDeps<C extends LaneConnection, R extends string> {
  readonly store: LaneStore<C, R>;
  readonly settings: LaneSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: LaneMetrics<R>;
  /** Called when the store may have started or stopped accepting records. */
  readonly onChange: () => void;
}

export interface LaneSettings {
  readonly maxFlushRecords: number;
  readonly maxFlushBytes: number;
  readonly retryDelayMs: BackoffRange;
  readonly circuit: CircuitSettings;
  /**
   * Time after which a connection attempt or an unanswered request is abandoned, even if the client library does not give
   * up. Longer than the store's own timeouts and the deadline of any append.
   */
  readonly giveUpMs: number;
  /** Time in flight after which a request is slow. Another lane may then take over its queues. */
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
