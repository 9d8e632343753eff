import type { Clock } from '../../runtime/clock.ts';

export const minuteMs = 60_000;

interface Minute<C> {
  /** Number of the minute since 1970. */
  readonly number: number;
  readonly counts: C;
}

/** Counts of the last minutes, in a ring with one entry for each minute in which something was counted. */
export class MinuteCounts<C> {
  readonly #clock: Pick<Clock, 'epochMs'>;
  readonly #startedMs: number;
  readonly #createCounts: () => C;
  readonly #ring: (Minute<C> | undefined)[];

  /** @param size number of minutes that are kept */
  constructor(clock: Pick<Clock, 'epochMs'>, size: number, createCounts: () => C) {
    this.#clock = clock;
    this.#startedMs = clock.epochMs();
    this.#createCounts = createCounts;
    this.#ring = Array.from({ length: size }, () => undefined);
  }

  /** Returns the counts of the current minute, which the caller changes. */
  current(): C {
    const minuteNumber = this.#currentNumber();
    const index = minuteNumber % this.#ring.length;
    const existingMinute = this.#ring[index];
    if (existingMinute?.number === minuteNumber) {
      return existingMinute.counts;
    }
    const counts = this.#createCounts();
    this.#ring[index] = { number: minuteNumber, counts };
    return counts;
  }

  /** Returns the counts of the last minutes, oldest first. A minute in which nothing was counted is `undefined`. */
  last(count: number): readonly (C | undefined)[] {
    const firstNumber = this.#currentNumber() - count + 1;
    return Array.from({ length: count }, (_, offset) => {
      const minute = this.#ring[(firstNumber + offset) % this.#ring.length];
      return minute?.number === firstNumber + offset ? minute.counts : undefined;
    });
  }

  /** Averages a count over the last minutes or, shortly after the start, over the time since the start. */
  averagePerMinute(minutes: number, readCount: (counts: C) => number): number {
    const sum = this.last(minutes).reduce(
      (total, each) => total + (each === undefined ? 0 : readCount(each)),
      0,
    );
    const sinceStart = (this.#clock.epochMs() - this.#startedMs) / minuteMs;
    return sum / Math.min(minutes, Math.max(1, sinceStart));
  }

  #currentNumber(): number {
    return Math.floor(this.#clock.epochMs() / minuteMs);
  }
}
