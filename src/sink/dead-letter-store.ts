import type { DeadLetter } from './dead-letter.ts';

/** Stored dead letters, and which of them earlier runs have put back. */
export interface DeadLetterStore {
  /** For messages. */
  readonly name: string;
  /** Upper bound for the dead letters to read, for the progress. */
  readonly total: number;
  /**
   * Passes every record that was there at opening and was not put back to `handle`, in order: a dead letter, or
   * `undefined` for a record that the receiver did not write. What `handle` returns is durably noted as put back before
   * the next call.
   */
  read(
    handle: (letters: readonly (DeadLetter | undefined)[]) => Promise<ReadonlySet<DeadLetter>>,
  ): Promise<void>;
  close(): Promise<void>;
}
