import { setTimeout as delay } from 'node:timers/promises';
import { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';

/** The store returned no more records before the end of the range. The records that were read until then are incomplete. */
export class UnreadRangeError extends Error {
  override readonly name = 'UnreadRangeError';
}

export interface RangeBounds<P> {
  readonly from: P;
  /** First position after the range. */
  readonly end: P;
}

/**
 * A range of a store and the progress of reading it. A range ends only when a position at its end was read, or when
 * the store reports the position as removed. An empty response cannot end a range, because a busy, throttled or slow
 * store also returns empty responses.
 */
export class RangeReader<P> {
  readonly end: P;
  readonly #isBefore: (a: P, b: P) => boolean;
  #at: P;

  constructor({ from, end }: RangeBounds<P>, isBefore: (a: P, b: P) => boolean) {
    this.end = end;
    this.#at = from;
    this.#isBefore = isBefore;
  }

  /** Position from which reading continues. */
  get at(): P {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return !this.#isBefore(this.#at, this.end);
  }

  /**
   * Records that everything before this position was read or removed.
   *
   * @returns whether this is progress
   */
  readTo(next: P): boolean {
    const hasAdvanced = this.#isBefore(this.#at, next);
    this.#at = hasAdvanced ? next : this.#at;
    return hasAdvanced;
  }
}

export function isLessThan(a: number, b: number): boolean {
  return a < b;
}

const emptyReadTimeoutMs = 60_000;
const pollDelayMs = { first: 10, last: 500 };

interface EmptyReadTimeoutDeps {
  readonly clock: Clock;
  /** Recommended action if the store returns no records, as a sentence for the operator. */
  readonly advice: string;
}

/** Limits the time for which a read keeps polling a store that returns no records. */
export class EmptyReadTimeout {
  readonly #deps: EmptyReadTimeoutDeps;
  readonly #backoff = new Backoff(pollDelayMs);
  #progressAt: number;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: EmptyReadTimeoutDeps) {
    this.#deps = deps;
    this.#progressAt = deps.clock.now();
  }

  progressed(): void {
    this.#progressAt = this.#deps.clock.now();
    this.#backoff.reset();
  }

  /**
   * Waits after an empty response, until the store may be queried again. Resolves immediately if the response took at least
   * as long as the backoff.
   *
   * @param describe describes the unread rest of the range
   * @throws {UnreadRangeError} if the store has returned no records for a minute
   */
  async wait(describe: () => string, signal?: AbortSignal): Promise<void> {
    const { clock, advice } = this.#deps;
    const now = clock.now();
    if (now - this.#progressAt >= emptyReadTimeoutMs) {
      throw new UnreadRangeError(
        `Cannot read ${describe()}: the store has returned nothing for ${emptyReadTimeoutMs / 1_000} s. ${advice}`,
      );
    }
    const remainingMs = this.#backoff.next() - (now - this.#askedAt);
    if (remainingMs > 0) {
      await delay(remainingMs, undefined, { signal }).catch(() => {});
    }
    this.#askedAt = clock.now();
  }
}
