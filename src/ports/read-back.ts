import { createHash } from 'node:crypto';

/** The result of reading back a record that the store acknowledged some seconds ago. */
export interface ReadBack {
  /**
   * - `same`: the record exists, with the same key and bytes
   * - `removed`: the record was deleted by retention or compaction
   * - `missing`, `different`: the record is lost
   */
  readonly outcome: 'same' | 'removed' | 'missing' | 'different';
  /** Reason for the outcome, as a text for the operator. Empty for `same`. */
  readonly detail: string;
}

/** An acknowledged record, and a function to read it back. */
export interface AcknowledgedRecord {
  /** Position of the record, as `tail` shows it. */
  readonly place: string;
  /** Value of the header `ce_id`. */
  readonly id: string | undefined;
  /** Approximate number of bytes that the store has to read. */
  readonly readBytes: number;
  /** @throws {Error} if the store cannot determine the outcome now. The read is retried later. */
  readBack(): Promise<ReadBack>;
}

/** Samples acknowledged records for the read-back check. */
export interface ReadBackSampler {
  /**
   * Whether the sampler wants a record. A store checks this property after each response, so the getter must be cheap.
   */
  readonly isDue: boolean;
  take(record: AcknowledgedRecord): void;
  /** Aborts when the read-back check ends. */
  readonly signal: AbortSignal;
}

/**
 * Computes a digest of key and bytes. The digest represents a record that waits for its read-back check and uses
 * constant memory.
 */
export function digestRecord({
  key,
  value,
}: {
  readonly key: string | null;
  readonly value: Buffer;
}): string {
  return createHash('sha256').update(JSON.stringify(key)).update(value).digest('base64');
}
