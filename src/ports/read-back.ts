import { createHash } from 'node:crypto';

/** What a store says of a record that it acknowledged some seconds ago. */
export interface ReadBack {
  /**
   * - `same`: it is there, with its key and its bytes
   * - `removed`: it is gone as it should be: by retention or compaction
   * - `missing`, `different`: it is lost
   */
  readonly outcome: 'same' | 'removed' | 'missing' | 'different';
  /** Why, for a person; empty for `same`. */
  readonly detail: string;
}

/** A record that the store has acknowledged, and how to read it again. */
export interface AcknowledgedRecord {
  /** As `tail` shows it. */
  readonly place: string;
  /** Header `ce_id`. */
  readonly id: string | undefined;
  /** What the store reads for it, about. */
  readonly readBytes: number;
  /** @throws {Error} when the store cannot say: it is asked again later */
  readBack(): Promise<ReadBack>;
}

/** Takes a small share of what a store acknowledges, to read it back. */
export interface ReadBackSampler {
  /** A record is wanted. A store looks at it after each answer, so it costs nothing. */
  readonly isDue: boolean;
  take(record: AcknowledgedRecord): void;
  /** Aborted when nothing is read any more. */
  readonly signal: AbortSignal;
}

/** Stands for key and bytes while a record waits to be read back: its memory does not grow with the record. */
export function digestRecord({
  key,
  value,
}: {
  readonly key: string | null;
  readonly value: Buffer;
}): string {
  return createHash('sha256').update(JSON.stringify(key)).update(value).digest('base64');
}
