import type { StoredRecord } from './record-reader.ts';

/** A dead letter that the receiver wrote. */
export interface DeadLetter {
  readonly bytes: Buffer;
  readonly reason: string;
  readonly webhook: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** Whether the bytes are one element of a batch, not a whole body. */
  readonly isElement: boolean;
  readonly headers: StoredRecord['headers'];
  /** Position of the dead letter: `topic/partition/offset`, or `segment/byte` in a journal. */
  readonly place: string;
}

/**
 * @returns `undefined` for a record that the receiver did not write. A dead letter of the revision filter is skipped,
 * because its event is already in the events topic and the filter does not check signatures.
 */
export function toDeadLetter({
  value: bytes,
  headers,
  place,
}: Pick<StoredRecord, 'value' | 'headers' | 'place'>): DeadLetter | undefined {
  const { reason, webhook } = headers;
  const receivedAt = headers['received-at'];
  if (
    reason === undefined ||
    webhook === undefined ||
    receivedAt === undefined ||
    headers['source-topic'] !== undefined
  ) {
    return undefined;
  }
  const isElement = headers['batch-index'] !== undefined;
  return { bytes, reason, webhook, receivedAt, isElement, headers, place };
}

/** Conditions that select the dead letters of a run. An omitted condition matches all dead letters. */
export interface DeadLetterSelection {
  readonly reasons?: readonly string[] | undefined;
  readonly webhooks?: readonly string[] | undefined;
  /** Epoch milliseconds of `received-at`. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

export function isSelected(letter: DeadLetter, selection: DeadLetterSelection): boolean {
  const { reasons, webhooks, sinceMs = -Infinity, untilMs = Infinity } = selection;
  const receivedMs = Date.parse(letter.receivedAt);
  return (
    (reasons === undefined || reasons.includes(letter.reason)) &&
    (webhooks === undefined || webhooks.includes(letter.webhook)) &&
    receivedMs >= sinceMs &&
    receivedMs < untilMs
  );
}

/** Default group name under which a store records which dead letters were replayed. */
export const defaultReplayGroup = 'comapi-webhook-replay';

/** The stored dead letters, and the marks of dead letters that earlier runs have replayed. */
export interface DeadLetterStore {
  /** Name of the store in messages. */
  readonly name: string;
  /**
   * Yields all records that existed when the store was opened and were not replayed, in order within each partition.
   * Includes records that the receiver did not write.
   */
  records(): AsyncIterable<readonly StoredRecord[]>;
  /**
   * Records durably that the dead letters at these positions were replayed. Resolves before the next batch of `records` is
   * requested.
   */
  markReplayed(places: readonly string[]): Promise<void>;
  /** Returns those of the given positions that are recorded as replayed. */
  listReplayed(places: readonly string[]): Promise<readonly string[]>;
  close(): Promise<void>;
}
