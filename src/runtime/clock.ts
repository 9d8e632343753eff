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
