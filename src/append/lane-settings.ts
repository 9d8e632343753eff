import type { BackoffRange } from '../runtime/backoff.ts';
import type { CircuitSettings } from './circuit.ts';

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
