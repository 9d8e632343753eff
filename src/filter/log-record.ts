/** What the filter reads of a record, in whatever store. Key and value are slices of what was read: copy what must live longer. */
export interface EventRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** The last header of that name, as UTF-8 text. */
  header(name: string): string | undefined;
  /** Epoch milliseconds; negative when it is not known. */
  readonly timestampMs: number;
  /**
   * Why the store cannot take apart what stands at this place. The record stands for all that was written together there:
   * its value is the bytes as the store keeps them.
   */
  readonly unreadable?: Error;
}

/** A record of a partition. */
export interface LogRecord extends EventRecord {
  readonly offset: number;
  /** Key, value and headers in the encoding of the store, to be passed on unchanged. Only the store can read it. */
  readonly body: Buffer;
}

/** The time of a record, never later than now: a clock that is ahead must not make the table forget other entities. */
export function toTimestamp({ timestampMs }: Pick<EventRecord, 'timestampMs'>, nowMs: number): number {
  return timestampMs < 0 ? nowMs : Math.min(timestampMs, nowMs);
}
