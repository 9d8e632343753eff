export interface BackoffRange {
  readonly first: number;
  readonly last: number;
}

/** Exponential backoff with delays that double from the first to the last. Delays have the same unit as the range. */
export class Backoff {
  readonly #range: BackoffRange;
  #next: number;

  constructor(range: BackoffRange) {
    this.#range = range;
    this.#next = range.first;
  }

  next(): number {
    const delay = this.#next;
    this.#next = Math.min(delay * 2, this.#range.last);
    return delay;
  }

  reset(): void {
    this.#next = this.#range.first;
  }
}
