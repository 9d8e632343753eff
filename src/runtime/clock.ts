/** A source of time. Tests pass their own. */
export interface Clock {
  /**
   * Monotonic time in fractional milliseconds, from an arbitrary origin. Changes of the system clock do not affect it. For
   * durations and deadlines.
   */
  now(): number;
  /** Epoch milliseconds of the system clock, which may be changed at any time. For timestamps and dates. */
  epochMs(): number;
}

/** The clock of the process. It looks up `performance` at each call, because fake timers replace it. */
export const systemClock: Clock = { now: () => performance.now(), epochMs: () => Date.now() };

/** Returns the current time in ISO 8601: UTC, with milliseconds. */
export type IsoClock = () => string;

/**
 * Creates an IsoClock that caches the text of the last millisecond. Under load, many deliveries share one, and formatting
 * takes a microsecond.
 */
export function createIsoClock(clock: Pick<Clock, 'epochMs'>): IsoClock {
  let lastMs = Number.NaN;
  let lastText = '';
  return () => {
    const epochMs = clock.epochMs();
    if (epochMs !== lastMs) {
      lastText = new Date(epochMs).toISOString();
      lastMs = epochMs;
    }
    return lastText;
  };
}
