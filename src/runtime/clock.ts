/** The sources of time. Tests pass their own. */
export interface Clock {
  /**
   * Milliseconds, with fractions, from a start that means nothing. They only go forward, however the machine's clock is
   * set: for durations and deadlines.
   */
  now(): number;
  /** Epoch milliseconds by the machine's clock, which somebody may set: for what is written, and for dates. */
  epochMs(): number;
}

/** `performance` is looked up at each call: fake timers replace it. */
export const systemClock: Clock = { now: () => performance.now(), epochMs: () => Date.now() };

/** The time of now in ISO 8601: UTC, with milliseconds. */
export type IsoClock = () => string;

/** Keeps the text of the last millisecond: under load many deliveries share one, and formatting takes a microsecond. */
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
