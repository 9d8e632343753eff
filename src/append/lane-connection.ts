export const laneFailures = ['connection', 'timeout', 'authentication', 'protocol', 'answer_check'] as const;

/** Why a connection must not be used again. `answer_check`: its answer did not account for everything that was sent. */
export type LaneFailure = (typeof laneFailures)[number];

/** A connection of a store, as a lane uses it. Only one thing is asked of it at a time. */
export interface LaneConnection {
  connect(): Promise<void>;
  isOpen(): boolean;
  /** Calls the listener once when an open connection ends, by whomever. */
  onEnd(listener: () => void): void;
  /** The `Clock.now` before which the store wants nothing sent; 0 when it has not asked for a pause. */
  throttledUntil(): number;
  close(): void;
}
