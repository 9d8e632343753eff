import type { Clock } from './clock.ts';

/** A limit for lines that anyone can cause. The lines over it are counted. */
export class LogLimit {
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
   * Allows one more line, with the number of lines left out since the last one; `undefined` when it must be left out.
   *
   * @param spared of each second's lines so many are for others
   */
  take(spared = 0): { readonly suppressed: number } | undefined {
    const second = Math.floor(this.#clock.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#lines = 0;
    }
    if (this.#lines + spared >= this.#linesPerSecond) {
      this.#suppressed += 1;
      return undefined;
    }
    this.#lines += 1;
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return { suppressed };
  }
}
