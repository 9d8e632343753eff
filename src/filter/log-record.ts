/**
 * A record of the events topic in any store. Key and value are slices of the read buffer, so copy them to keep them
 * longer.
 */
export interface EventRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Returns the last header with this name, as UTF-8 text. */
  header(name: string): string | undefined;
  /** Timestamp in epoch milliseconds. The value is negative if the timestamp is unknown. */
  readonly timestampMs: number;
  /**
   * Reason why the store cannot decode the data at this position. If present, the record represents a whole batch, and
   * the value contains the stored bytes.
   */
  readonly unreadable?: Error;
}

export interface LogRecord extends EventRecord {
  readonly offset: number;
  /**
   * Key, value and headers in the encoding of the store, to be forwarded unchanged. Only the store can decode this
   * data.
   */
  readonly body: Buffer;
}

/**
 * Returns the timestamp of a record, limited to the current time. Without the limit, a producer whose clock is ahead
 * would make the table forget other entities.
 */
export function toTimestamp({ timestampMs }: Pick<EventRecord, 'timestampMs'>, nowMs: number): number {
  return timestampMs < 0 ? nowMs : Math.min(timestampMs, nowMs);
}
