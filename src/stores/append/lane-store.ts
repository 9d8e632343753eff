import type { RejectionReason } from '../../ports/sink.ts';
import type { BackoffRange } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Circuit, CircuitSettings, CircuitState } from './circuit.ts';
import type { QueuedBatch } from './partition-queue.ts';

export const laneFailures = ['connection', 'timeout', 'authentication', 'protocol', 'answer_check'] as const;

/** Why a connection must not be used again. `answer_check`: its answer did not account for everything that was sent. */
export type LaneFailure = (typeof laneFailures)[number];

/**
 * A connection of a store, as a lane uses it: made once, opened once, ended once. Only one thing is asked of it at a time.
 * Its keeper does not rely on it: what throws, never settles or ends without a word is replaced like any other.
 */
export interface LaneConnection {
  connect(): Promise<void>;
  /** From the end of `connect` until the connection ends. */
  isOpen(): boolean;
  /**
   * Calls the listener once when the connection ends, by whomever, unless the answer to the request under way tells it. It is
   * given before `connect`.
   */
  onEnd(listener: () => void): void;
  /** The `Clock.now` before which the store wants nothing sent; 0 when it has not asked for a pause. */
  throttledUntil(): number;
  /** Ends the connection, also while it is being made. May be called again. */
  close(): void;
}

export interface LaneRequest<C extends LaneConnection> {
  readonly connection: C;
  readonly batches: readonly QueuedBatch[];
  /** In the time of `Clock.now`. */
  readonly startedAt: number;
}

/**
 * What the store made of one batch.
 *
 * - `commit`: it is stored
 * - `reject`: it will never be, for a property of one of its records
 * - `deny`: nothing can be stored in its queue, which does not pass by itself
 * - `retry`: nobody knows whether it is stored, or it is not stored yet
 */
export type BatchOutcome<R extends string> =
  | { readonly action: 'commit' }
  | { readonly action: 'reject'; readonly reason: RejectionReason }
  | { readonly action: 'deny'; readonly problem: string }
  | {
      readonly action: 'retry';
      readonly cause: R;
      /** The store's word on this queue, for a person; absent when the connection is to blame. */
      readonly problem?: string;
    };

export const committed = { action: 'commit' } as const;

export interface RequestOutcome<R extends string> {
  /** One for each batch. */
  readonly outcomes: readonly BatchOutcome<R>[];
  /** Why the connection must not be used again; `undefined` when it can be. */
  readonly failure: LaneFailure | undefined;
}

/** An answered request. */
export interface ProduceSample {
  /** Value of the label. */
  readonly to: string | number;
  readonly records: number;
  readonly durationSeconds: number;
}

export interface LaneMetrics<R extends string> {
  /** A lane leads there now, beside others perhaps. */
  laneOpened(to: string | number): void;
  produced(sample: ProduceSample): void;
  retried(cause: R, records: number): void;
  rebuilt(cause: LaneFailure): void;
  answerCheckFailed(): void;
}

/**
 * What a lane asks of its store: the way to one server, queue or exchange.
 *
 * @typeParam R why this store's records are sent again
 */
export interface LaneStore<C extends LaneConnection, R extends string> {
  /** Where it leads, as the beginning of a sentence. */
  readonly name: string;
  /** Where it leads, for metrics. */
  readonly label: string | number;
  /** A connection that is not connected yet. */
  openConnection(): C;
  /**
   * Sends the batches of a request, and tells what the answer means for each of them, and for the connection. What it rejects
   * with is a fault of this program: the connection is replaced.
   */
  send(request: LaneRequest<C>): Promise<RequestOutcome<R>>;
  /** Logs why an attempt to connect failed, and returns it for a person. @param isFirst since one was of use: worth a warning */
  reportConnectError(error: unknown, isFirst: boolean): string;
  /** There is no connection any more, or still none. */
  onDisconnect(): void;
  onCircuitChange(state: CircuitState, previous: CircuitState): void;
}

export interface LaneDeps<C extends LaneConnection, R extends string> {
  readonly store: LaneStore<C, R>;
  readonly settings: LaneSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: LaneMetrics<R>;
  /** Whether records are taken may have changed. */
  readonly onChange: () => void;
}

/** The lane of a queue, as the queue sees it. */
export interface QueueSender {
  /**
   * Beside that of the queue. One for both would let a queue that comes to a broken lane wait, and forget with the connection
   * what the store has said of the queue.
   */
  readonly circuit: Circuit;
  /** It has been connected, and its circuit is not open. */
  isUsable(): boolean;
  /** Why it cannot be reached, for a person; `undefined` when it can. */
  problem(): string | undefined;
  /** The `Clock.now` before which nothing is sent: the store has asked for a pause. */
  throttledUntil(): number;
  /** Something waits in one of its queues. */
  wakeUp(): void;
}

export interface LaneSettings {
  readonly maxFlushRecords: number;
  readonly maxFlushBytes: number;
  readonly retryDelayMs: BackoffRange;
  readonly circuit: CircuitSettings;
  /**
   * A connection that is not made by then, or a request that has no answer, is given up, whatever its library does. Longer
   * than the store's own timeouts, and than any append waits.
   */
  readonly giveUpMs: number;
  /** A request that is in flight for longer is slow: another lane may take its queues over. */
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
