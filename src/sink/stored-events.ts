/** A record as it is read back from a store. */
export interface StoredRecord {
  readonly key: string | null;
  readonly value: Buffer;
  /** Header `ce_id`. */
  readonly id: string | undefined;
  /** `undefined` in a journal. */
  readonly partition?: number;
}

/** What is written to the events of the receiver's store from the moment that this is opened. */
export interface StoredEvents {
  /** For a report. */
  readonly name: string;
  /** The partition that a key belongs to; a journal has none. */
  readonly partitionOf?: (key: string) => number;
  /** Gives every record that was written since, up to now. */
  read(see: (record: StoredRecord) => void): Promise<void>;
}
