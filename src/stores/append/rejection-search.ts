/**
 * Finds the records for which a store rejects a whole batch. The records of such a batch are suspects: they are sent
 * again in halves until the bad one is alone, and in growing batches after each batch that is stored.
 */
export class RejectionSearch {
  #suspects = 0;
  #limit = Number.POSITIVE_INFINITY;

  /** How many records may be sent together. */
  get limit(): number {
    return this.#limit;
  }

  /** A batch of several records from the head of the queue was rejected. */
  rejected(recordCount: number): void {
    this.#suspects = Math.max(this.#suspects, recordCount);
    this.#limit = Math.max(1, Math.floor(recordCount / 2));
  }

  /** Records left the head of the queue for good, for whatever reason. */
  removed(recordCount: number): void {
    this.#suspects = Math.max(0, this.#suspects - recordCount);
    if (this.#suspects === 0) {
      this.#limit = Number.POSITIVE_INFINITY;
    }
  }

  /** A batch was stored. */
  stored(recordCount: number): void {
    this.#limit *= 2;
    this.removed(recordCount);
  }
}
