/** A record of a partition. Key and value are slices of the bytes that were read: copy what must live longer. */
export interface LogRecord {
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Key, value and headers in the encoding of the store, to be passed on unchanged. Only the store can read it. */
  readonly body: Buffer;
  /** The last header of that name, as UTF-8 text. */
  header(name: string): string | undefined;
  /**
   * Why the store cannot take apart what stands at this offset. The record stands for all that was written together there:
   * its value is the bytes as the store keeps them.
   */
  readonly unreadable?: Error;
}

/** A record that is written as it was read, or a new one. */
export type OutputRecord =
  | {
      readonly timestampMs: number;
      readonly body: Buffer;
      /** A header that is added. */
      readonly extraHeader?: readonly [name: string, text: string];
    }
  | {
      readonly timestampMs: number;
      readonly key: Buffer | null;
      readonly value: Buffer | null;
      readonly headers: Readonly<Record<string, string>>;
    };
