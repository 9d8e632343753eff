import type { Clock } from './clock.ts';

/** A rate limit for log lines that unauthenticated clients can cause. Suppressed lines are counted. */
export class LogRateLimit {
  readonly #clock: Clock;
  readonly #linesPerSecond: number;
  #second = 0;
  #lines = 0;
  #suppressed = 0;

  constructor(clock: Clock, linesPerSecond: number) {
    this.#clock = clock;
    this.#linesPerSecond = linesPerSecond;
  }

  /**
   * Requests permission for one line. Returns the number of lines that were suppressed since the last permitted line,
   * or `undefined` if this line must be suppressed too.
   *
   * @param reserved the number of lines per second that are reserved for other callers
   */
  take(reserved = 0): { readonly suppressed: number } | undefined {
    const currentSecond = Math.floor(this.#clock.now() / 1000);
    if (currentSecond !== this.#second) {
      this.#second = currentSecond;
      this.#lines = 0;
    }
    if (this.#lines + reserved >= this.#linesPerSecond) {
      this.#suppressed += 1;
      return undefined;
    }
    this.#lines += 1;
    const suppressedLines = this.#suppressed;
    this.#suppressed = 0;
    return { suppressed: suppressedLines };
  }
}
