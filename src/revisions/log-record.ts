/** A record as it lies in a partition. Key and value are slices of what was read: copy what must live longer. */
export interface LogRecord {
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Key, value and headers as the store encodes them, to be passed on unchanged; opaque to everybody else. */
  readonly body: Buffer;
  /** UTF-8 text of the last header of that name. */
  header(name: string): string | undefined;
}

/** A record to be written as it was read, or one that is made anew. */
export type OutputRecord =
  | {
      readonly timestampMs: number;
      readonly body: Buffer;
      /** One more header. */
      readonly extraHeader?: readonly [name: string, text: string];
    }
  | {
      readonly timestampMs: number;
      readonly key: Buffer | null;
      readonly value: Buffer | null;
      readonly headers: Readonly<Record<string, string>>;
    };
