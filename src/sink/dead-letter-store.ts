import type { DeadLetter } from './dead-letter.ts';

/** Where dead letters lie, and which of them were put back by an earlier run. */
export interface DeadLetterStore {
  /** For messages. */
  readonly name: string;
  /** Dead letters to read at most, for the progress. */
  readonly total: number;
  /**
   * Gives every record that was there when the store was opened and has not been put back, in order: a dead letter, or
   * `undefined` for what is not one of the receiver's. What `handle` returns is remembered as put back, durably, before
   * it is called again.
   */
  read(
    handle: (letters: readonly (DeadLetter | undefined)[]) => Promise<ReadonlySet<DeadLetter>>,
  ): Promise<void>;
  close(): Promise<void>;
}
