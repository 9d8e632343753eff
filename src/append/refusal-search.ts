/**
 * Finds refused records among their neighbours. A refused batch makes its records suspects; they go again in halves
 * until the bad one is alone, and in growing batches after each one that is stored.
 */
export class RefusalSearch {
  #suspects = 0;
  #limit = Number.POSITIVE_INFINITY;

  /** How many records may go together. */
  get limit(): number {
    return this.#limit;
  }

  /** A batch of several records from the head of the queue was refused. */
  refused(recordCount: number): void {
    this.#suspects = Math.max(this.#suspects, recordCount);
    this.#limit = Math.max(1, Math.floor(recordCount / 2));
  }

  /** Records left the head of the queue, whatever their fate. */
  left(recordCount: number): void {
    this.#suspects = Math.max(0, this.#suspects - recordCount);
    if (this.#suspects === 0) {
      this.#limit = Number.POSITIVE_INFINITY;
    }
  }

  /** A batch was stored. */
  stored(recordCount: number): void {
    this.#limit *= 2;
    this.left(recordCount);
  }
}
