/**
 * Finds the records that cause a store to reject a whole batch. All records of a rejected batch are suspects. Batches
 * of suspects are halved until the bad record is isolated, and doubled after each stored batch.
 */
export class RejectedRecordSearch {
  #suspects = 0;
  #limit = Number.POSITIVE_INFINITY;

  get limit(): number {
    return this.#limit;
  }

  /** Reports that the store rejected a batch of several records from the head of the queue. */
  rejected(recordCount: number): void {
    this.#suspects = Math.max(this.#suspects, recordCount);
    this.#limit = Math.max(1, Math.floor(recordCount / 2));
  }

  /** Reports that records were removed from the head of the queue, for any reason. */
  removed(recordCount: number): void {
    this.#suspects = Math.max(0, this.#suspects - recordCount);
    if (this.#suspects === 0) {
      this.#limit = Number.POSITIVE_INFINITY;
    }
  }

  stored(recordCount: number): void {
    this.#limit *= 2;
    this.removed(recordCount);
  }
}
