/** Writes Kafka's primitive types into one growing buffer. */
export class WireWriter {
  bytes: Buffer;
  offset = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafe(capacity);
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

  /** Whole numbers up to 2^53. */
  int64(value: number): void {
    this.ensure(8);
    this.bytes.writeInt32BE(Math.floor(value / 0x1_0000_0000), this.offset);
    this.bytes.writeUInt32BE(value >>> 0, this.offset + 4);
    this.offset += 8;
  }

  /** Text with its length in two bytes. */
  string(text: string): void {
    this.int16(Buffer.byteLength(text));
    this.ensure(text.length * 3);
    this.offset += this.bytes.write(text, this.offset);
  }

  /** Zigzag, as all lengths inside a record are. */
  varint(value: number): void {
    this.unsigned(((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** Up to 2^32 − 1, of variable length, as the lengths of flexible versions are (KIP-482). */
  unsigned(value: number): void {
    this.ensure(5);
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.offset] = (rest & 0x7f) | 0x80;
      this.offset += 1;
      rest >>>= 7;
    }
    this.bytes[this.offset] = rest;
    this.offset += 1;
  }

  /** Text with its length as a varint. Most are short and ASCII: a loop is quicker than a call into the runtime. */
  varintString(text: string): void {
    const { length } = text;
    if (length > 64) {
      this.#longVarintString(text);
      return;
    }
    const from = this.offset;
    this.ensure(length * 3 + 5);
    this.varint(length);
    const { bytes } = this;
    let { offset } = this;
    for (let i = 0; i < length; i += 1) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        this.offset = from;
        this.#longVarintString(text);
        return;
      }
      bytes[offset] = code;
      offset += 1;
    }
    this.offset = offset;
  }

  raw(bytes: Uint8Array): void {
    this.ensure(bytes.length);
    this.bytes.set(bytes, this.offset);
    this.offset += bytes.length;
  }

  ensure(length: number): void {
    if (this.offset + length > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.offset + length));
      this.bytes.copy(larger, 0, 0, this.offset);
      this.bytes = larger;
    }
  }

  #longVarintString(text: string): void {
    const byteLength = Buffer.byteLength(text);
    this.varint(byteLength);
    this.ensure(byteLength);
    this.offset += this.bytes.write(text, this.offset);
  }
}

export function varintSize(value: number): number {
  let size = 1;
  for (let rest = ((value << 1) ^ (value >> 31)) >>> 0; rest > 0x7f; rest >>>= 7) {
    size += 1;
  }
  return size;
}
