/** A source of time, which tests can replace. */
export interface Clock {
  /**
   * Monotonic time in fractional milliseconds, from an arbitrary origin. This time is for durations and deadlines,
   * because changes of the system clock do not affect it.
   */
  now(): number;
  /** Epoch milliseconds of the system clock, which may be changed at any time. This time is for timestamps and dates. */
  epochMs(): number;
}

/** The clock of the process. `performance` is looked up at each call, because fake timers replace `performance`. */
export const systemClock: Clock = { now: () => performance.now(), epochMs: () => Date.now() };

/** Returns the current time in ISO 8601: UTC, with milliseconds. */
export type IsoClock = () => string;

/**
 * Creates an IsoClock that caches the text of the last millisecond. Under load, many deliveries share a millisecond,
 * and formatting takes a microsecond.
 */
export function createIsoClock(clock: Pick<Clock, 'epochMs'>): IsoClock {
  let lastMs = Number.NaN;
  let lastIsoText = '';
  return () => {
    const epochMs = clock.epochMs();
    if (epochMs !== lastMs) {
      lastIsoText = new Date(epochMs).toISOString();
      lastMs = epochMs;
    }
    return lastIsoText;
  };
}
