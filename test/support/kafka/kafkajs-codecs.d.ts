// Codecs of kafkajs 2.2.4. The product does not use these codecs, because it has its own.

declare module 'kafkajs/src/protocol/decoder.js' {
  class Decoder {
    constructor(buffer: Buffer);
    readonly buffer: Buffer;
    offset: number;
    readInt8(): number;
    readInt16(): number;
    readInt32(): number;
    readInt64(): bigint;
    readUVarInt(): number;
    readVarInt(): number;
    readVarLong(): unknown;
    readString(): string | null;
    readBytes(length?: number): Buffer | null;
    readArray<T>(read: (decoder: Decoder) => T): T[];
  }
  export = Decoder;
}

declare module 'kafkajs/src/protocol/encoder.js' {
  class Encoder {
    readonly buffer: Buffer;
    writeInt8(value: number): this;
    writeInt16(value: number): this;
    writeInt32(value: number): this;
    writeUInt32(value: number): this;
    writeInt64(value: bigint): this;
    writeString(value: string): this;
    writeUVarInt(value: number): this;
    writeUVarIntBytes(value: string): this;
    writeBuffer(value: Buffer): this;
  }
  export = Encoder;
}

declare module 'kafkajs/src/protocol/recordBatch/crc32C/index.js' {
  /** Unsigned. */
  function crc32C(bytes: Buffer): number;
  export = crc32C;
}

declare module 'kafkajs/src/protocol/recordBatch/record/v0/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';

  /** Encodes a record with its length prefix. */
  function encodeRecord(record: {
    readonly offsetDelta: number;
    readonly timestampDelta: number;
    readonly key: string | Buffer | null;
    readonly value: Buffer;
    readonly headers: Readonly<Record<string, string>>;
  }): Encoder;
  export = encodeRecord;
}

declare module 'kafkajs/src/protocol/recordBatch/record/v0/decoder.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';

  /** Decodes a record that has no length prefix. If a header name is repeated, the value is a list. */
  function decodeRecord(
    decoder: Decoder,
    batch: { readonly firstOffset: bigint; readonly firstTimestamp: bigint },
  ): {
    readonly offset: string;
    readonly timestamp: string;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: Readonly<Record<string, Buffer | null | readonly (Buffer | null)[]>>;
  };
  export = decodeRecord;
}

declare module 'kafkajs/src/protocol/error.js' {
  export const errorCodes: readonly { readonly type: string; readonly code: number }[];
}
