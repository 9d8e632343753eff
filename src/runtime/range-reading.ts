import { setTimeout as delay } from 'node:timers/promises';
import { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';

/** A store gave nothing more before the end of what was to be read. What was passed on until then is not all. */
export class UnreadRangeError extends Error {
  override readonly name = 'UnreadRangeError';
}

export interface RangeBounds<P> {
  readonly from: P;
  /** Exclusive. */
  readonly end: P;
}

/**
 * A range of a store, and how far it is read. Its end is reached by a position that was read, or that the store names as
 * gone. An empty answer has no position, so it cannot end a range: a store that is busy, throttled or slow gives it too.
 */
export class RangeReading<P> {
  readonly end: P;
  readonly #isBefore: (a: P, b: P) => boolean;
  #at: P;

  constructor({ from, end }: RangeBounds<P>, isBefore: (a: P, b: P) => boolean) {
    this.end = end;
    this.#at = from;
    this.#isBefore = isBefore;
  }

  /** Where to read on. */
  get at(): P {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return !this.#isBefore(this.#at, this.end);
  }

  /** Nothing before that position is left to read. @returns whether that is news */
  readTo(next: P): boolean {
    const isNew = this.#isBefore(this.#at, next);
    this.#at = isNew ? next : this.#at;
    return isNew;
  }
}

export function isLess(a: number, b: number): boolean {
  return a < b;
}

const patienceMs = 60_000;
const delayMs = { first: 10, last: 500 };

interface PatienceDeps {
  readonly clock: Clock;
  /** What to do about a store that gives nothing, as a sentence. */
  readonly advice: string;
}

/** How long a reading goes on asking when nothing comes before its end. */
export class Patience {
  readonly #deps: PatienceDeps;
  readonly #backoff = new Backoff(delayMs);
  #progressAt: number;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: PatienceDeps) {
    this.#deps = deps;
    this.#progressAt = deps.clock.now();
  }

  progressed(): void {
    this.#progressAt = this.#deps.clock.now();
    this.#backoff.reset();
  }

  /**
   * Nothing came. Resolves when the store may be asked again: at once, when it has taken its time.
   *
   * @param describe what is left to read
   * @throws {UnreadRangeError} when nothing has come for a minute
   */
  async wait(describe: () => string, signal?: AbortSignal): Promise<void> {
    const { clock, advice } = this.#deps;
    const now = clock.now();
    if (now - this.#progressAt >= patienceMs) {
      throw new UnreadRangeError(
        `${describe()} could not be read: nothing has come for ${patienceMs / 1_000} s. ${advice}`,
      );
    }
    const restMs = this.#backoff.next() - (now - this.#askedAt);
    if (restMs > 0) {
      await delay(restMs, undefined, { signal }).catch(() => {});
    }
    this.#askedAt = clock.now();
  }
}
