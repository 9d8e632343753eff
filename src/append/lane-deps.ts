import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { LaneConnection, LaneFailure } from './lane-connection.ts';
import type { LaneSettings } from './lane-settings.ts';
import type { QueuedBatch } from './queued-batch.ts';

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
