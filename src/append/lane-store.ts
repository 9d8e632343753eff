import type { BackoffRange } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { CircuitSettings } from './circuit.ts';
import type { QueuedBatch } from './queued-batch.ts';

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

/** @typeParam A what a request gives: an answer, or why there is none */
export interface LaneDeps<C extends LaneConnection, A> {
  /** Where it leads, as the beginning of a sentence. */
  readonly name: string;
  readonly settings: LaneSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** A connection that is not connected yet. */
  readonly openConnection: () => C;
  /** Sends the batches of a request. What it rejects with is a fault of this program: the connection is replaced. */
  readonly send: (request: LaneRequest<C>) => Promise<A>;
  /**
   * Settles each batch: stored, rejected, or back in its queue.
   *
   * @returns why the connection must not be used again; `undefined` when it can be
   */
  readonly settle: (request: LaneRequest<C>, answer: A) => LaneFailure | undefined;
  /** Logs why an attempt to connect failed, and returns it for a person. @param isFirst of a row of failures */
  readonly reportConnectError: (error: unknown, isFirst: boolean) => string;
  /** A connection was thrown away. */
  readonly onDiscard: (cause: LaneFailure) => void;
  /** There is no connection any more, or still none. */
  readonly onFailure: () => void;
  readonly onCircuitChange: () => void;
  /** Whether records are taken may have changed. */
  readonly onChange: () => void;
}

export interface LaneRequest<C extends LaneConnection> {
  readonly connection: C;
  readonly batches: readonly QueuedBatch[];
  /** In the time of `Clock.now`. */
  readonly startedAt: number;
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
