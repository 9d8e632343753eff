/** Writes Kafka's primitive types into one growing buffer. @see https://kafka.apache.org/protocol#protocol_types */
export class WireWriter {
  bytes: Buffer;
  offset = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  /** Returns the bytes written so far, without copying them. */
  written(): Buffer {
    return this.bytes.subarray(0, this.offset);
  }

  int8(value: number): void {
    this.ensure(1);
    this.bytes[this.offset] = value;
    this.offset += 1;
  }

  int16(value: number): void {
    this.ensure(2);
    this.offset = this.bytes.writeInt16BE(value, this.offset);
  }

  int32(value: number): void {
    this.ensure(4);
    this.offset = this.bytes.writeInt32BE(value, this.offset);
  }

  bigInt64(value: bigint): void {
    this.ensure(8);
    this.offset = this.bytes.writeBigInt64BE(value, this.offset);
  }

  /** Writes an integer up to 2^53. */
  int64(value: number): void {
    this.ensure(8);
    this.bytes.writeInt32BE(Math.floor(value / 0x1_0000_0000), this.offset);
    this.bytes.writeUInt32BE(value >>> 0, this.offset + 4);
    this.offset += 8;
  }

  /** Writes text prefixed by its two-byte length. */
  string(text: string): void {
    this.int16(Buffer.byteLength(text));
    this.#text(text);
  }

  /** Writes text in the format of flexible versions (KIP-482). */
  compactString(text: string): void {
    this.unsigned(Buffer.byteLength(text) + 1);
    this.#text(text);
  }

  /** Writes a four-byte count, then the items. */
  array<T>(items: readonly T[], write: (item: T) => void): void {
    this.int32(items.length);
    items.forEach(write);
  }

  /** Writes a zigzag varint, which encodes all numbers inside a record. The result is exact within ±2^52. */
  varint(value: number): void {
    this.unsigned(toZigzag(value));
  }

  /** Writes an unsigned varint up to 2^53, which flexible versions use for lengths (KIP-482). */
  unsigned(value: number): void {
    this.ensure(8);
    let remainingBits = value;
    // JavaScript bitwise operators work on 32 bits, so larger numbers are divided instead.
    while (remainingBits > 0xffff_ffff) {
      this.bytes[this.offset] = (remainingBits % 0x80) | 0x80;
      this.offset += 1;
      remainingBits = Math.floor(remainingBits / 0x80);
    }
    while (remainingBits > 0x7f) {
      this.bytes[this.offset] = (remainingBits & 0x7f) | 0x80;
      this.offset += 1;
      remainingBits >>>= 7;
    }
    this.bytes[this.offset] = remainingBits;
    this.offset += 1;
  }

  /**
   * Writes text prefixed by its varint length. Most texts are short ASCII texts, for which a loop is faster than a
   * call into the runtime.
   */
  varintString(text: string): void {
    const { length } = text;
    if (length > 64) {
      this.#longVarintString(text);
      return;
    }
    const startOffset = this.offset;
    this.ensure(length * 3 + 5);
    this.varint(length);
    const { bytes } = this;
    let { offset } = this;
    for (let i = 0; i < length; i += 1) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        this.offset = startOffset;
        this.#longVarintString(text);
        return;
      }
      bytes[offset] = code;
      offset += 1;
    }
    this.offset = offset;
  }

  /** Writes a byte string prefixed by its varint length. The length of `null` is −1. */
  varintBytes(bytes: Uint8Array | null): void {
    if (bytes === null) {
      this.varint(-1);
    } else {
      this.varint(bytes.length);
      this.raw(bytes);
    }
  }

  raw(bytes: Uint8Array): void {
    this.ensure(bytes.length);
    this.bytes.set(bytes, this.offset);
    this.offset += bytes.length;
  }

  /** Appends a copy of the written bytes from position `from`, inclusive, to position `to`, exclusive. */
  copy(from: number, to: number): void {
    if (to > from) {
      this.ensure(to - from);
      this.bytes.copyWithin(this.offset, from, to);
      this.offset += to - from;
    }
  }

  ensure(length: number): void {
    if (this.offset + length > this.bytes.length) {
      const grownBuffer = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.offset + length));
      this.bytes.copy(grownBuffer, 0, 0, this.offset);
      this.bytes = grownBuffer;
    }
  }

  #longVarintString(text: string): void {
    this.varint(Buffer.byteLength(text));
    this.#text(text);
  }

  #text(text: string): void {
    // Each UTF-16 code unit takes at most three bytes in UTF-8.
    this.ensure(text.length * 3);
    this.offset += this.bytes.write(text, this.offset);
  }
}

export function varintSize(value: number): number {
  let size = 1;
  let remainingBits = toZigzag(value);
  for (; remainingBits > 0xffff_ffff; remainingBits = Math.floor(remainingBits / 0x80)) {
    size += 1;
  }
  for (; remainingBits > 0x7f; remainingBits >>>= 7) {
    size += 1;
  }
  return size;
}

function toZigzag(value: number): number {
  if ((value | 0) === value) {
    return ((value << 1) ^ (value >> 31)) >>> 0;
  }
  return value >= 0 ? value * 2 : -value * 2 - 1;
}
