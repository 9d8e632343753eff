/** A record that was read from a store. */
export interface StoredRecord {
  readonly key: string | null;
  readonly value: Buffer;
  /** Header `ce_id`. */
  readonly id: string | undefined;
  /** `undefined` in a journal. */
  readonly partition?: number;
}

/** The events that are stored after this was opened. */
export interface StoredEvents {
  /** For a report. */
  readonly name: string;
  /** The partition of a key; absent for a journal. */
  readonly partitionOf?: (key: string) => number;
  /** Passes every record that was stored since then, up to now. */
  read(handle: (record: StoredRecord) => void): Promise<void>;
}
