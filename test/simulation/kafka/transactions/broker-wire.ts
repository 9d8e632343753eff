import Decoder from 'kafkajs/src/protocol/decoder.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';

/**
 * Reads a request with the number decoding of kafkajs, but without the product's codecs and without the kafkajs methods
 * that the product patches.
 *
 * @see https://kafka.apache.org/protocol#protocol_types
 */
export class RequestReader {
  readonly #decoder: Decoder;

  constructor(bytes: Buffer, offset = 0) {
    this.#decoder = new Decoder(bytes);
    this.#decoder.offset = offset;
  }

  int8 = (): number => this.#decoder.readInt8();
  int16 = (): number => this.#decoder.readInt16();
  int32 = (): number => this.#decoder.readInt32();
  int64 = (): number => Number(this.bigInt64());
  bigInt64 = (): bigint => BigInt.asIntN(64, this.#decoder.readInt64());
  uuid = (): string => this.#take(16).toString('hex');
  /** Reads a nullable string. Null becomes an empty string. */
  string = (): string => this.#take(this.int16()).toString();
  /** Reads nullable bytes. Null becomes an empty buffer. */
  bytes = (): Buffer => this.#take(this.int32());
  compactString = (): string => this.#take(this.#unsigned() - 1).toString();

  array<T>(read: () => T): T[] {
    return repeat(this.int32(), read);
  }

  /** Reads an array in the format of flexible versions. `undefined` if the array is null. */
  compactArray<T>(read: () => T): T[] | undefined {
    const count = this.#unsigned();
    return count === 0 ? undefined : repeat(count - 1, read);
  }

  skipTags(): void {
    for (let left = this.#unsigned(); left > 0; left -= 1) {
      this.#unsigned();
      this.#take(this.#unsigned());
    }
  }

  #unsigned = (): number => this.#decoder.readUVarInt();

  #take(length: number): Buffer {
    const { buffer, offset } = this.#decoder;
    if (offset + length > buffer.length) {
      throw new RangeError(`The request has no ${length} bytes at ${offset}`);
    }
    this.#decoder.offset += Math.max(0, length);
    return buffer.subarray(offset, this.#decoder.offset);
  }
}

/** Writes a response as a broker does. */
export class AnswerWriter {
  readonly #encoder = new Encoder();

  written = (): Buffer => this.#encoder.buffer;
  int8 = (value: number): unknown => this.#encoder.writeInt8(value);
  int16 = (value: number): unknown => this.#encoder.writeInt16(value);
  int32 = (value: number): unknown => this.#encoder.writeInt32(value);
  int64 = (value: number): unknown => this.#encoder.writeInt64(BigInt(value));
  bigInt64 = (value: bigint): unknown => this.#encoder.writeInt64(value);
  string = (text: string): unknown => this.#encoder.writeString(text);
  compactString = (text: string): unknown => this.#encoder.writeUVarIntBytes(text);
  unsigned = (value: number): unknown => this.#encoder.writeUVarInt(value);
  raw = (bytes: Buffer): unknown => this.#encoder.writeBuffer(bytes);

  array<T>(items: readonly T[], write: (item: T) => void): void {
    this.int32(items.length);
    items.forEach(write);
  }
}

function repeat<T>(count: number, read: () => T): T[] {
  return Array.from({ length: Math.max(0, count) }, read);
}
