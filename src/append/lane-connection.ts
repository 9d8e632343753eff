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
