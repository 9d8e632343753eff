import type { StoredRecord } from './record-reader.ts';

/** A dead letter of the receiver, read from its store. */
export interface DeadLetter {
  readonly bytes: Buffer;
  readonly reason: string;
  readonly webhook: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** The bytes are one element of a batch, not a whole body. */
  readonly isElement: boolean;
  readonly headers: StoredRecord['headers'];
  /** `topic/partition/offset`, or `segment/byte` in a journal. */
  readonly place: string;
}

/**
 * @returns `undefined` for a record that the receiver did not write, such as a dead letter of the revision filter: its
 *   event is in the events topic already, and its signature was not checked by the filter.
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

/** Which dead letters a run handles. A condition that is left out selects all. */
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

/** Stored dead letters, and which of them earlier runs have put back. */
export interface DeadLetterStore {
  /** For messages. */
  readonly name: string;
  /** All that was there at opening and was not put back, in order within each part; also what the receiver did not write. */
  records(): AsyncIterable<readonly StoredRecord[]>;
  /** The dead letters at these places are put back. Durable before the next of `records`, which gave them. */
  note(places: readonly string[]): Promise<void>;
  close(): Promise<void>;
}
