/**
 * Reads Kafka's primitive types, those of flexible versions (KIP-482) as well.
 *
 * @throws RangeError from every method, when the bytes end before what it reads
 * @see https://kafka.apache.org/protocol#protocol_types
 */
export class WireReader {
  position: number;
  readonly #data: Buffer;

  constructor(data: Buffer, position = 0) {
    this.#data = data;
    this.position = position;
  }

  int8(): number {
    return this.#data.readInt8(this.#move(1));
  }

  int16(): number {
    return this.#data.readInt16BE(this.#move(2));
  }

  int32(): number {
    return this.#data.readInt32BE(this.#move(4));
  }

  /** For offsets, which no log lets grow beyond 2^53. Times and producer ids may be larger, see `bigInt64`. */
  int64(): number {
    const at = this.#move(8);
    return this.#data.readInt32BE(at) * 0x1_0000_0000 + this.#data.readUInt32BE(at + 4);
  }

  bigInt64(): bigint {
    return this.#data.readBigInt64BE(this.#move(8));
  }

  uuid(): string {
    const at = this.#move(16);
    return this.#data.toString('hex', at, at + 16);
  }

  /** Empty for none. */
  string(): string {
    return this.#text(this.int16());
  }

  /** Bytes with their length in four bytes; empty for none. Not copied. */
  bytes(): Buffer {
    return this.#slice(this.int32());
  }

  array<T>(read: () => T): T[] {
    return readItems(this.int32(), read);
  }

  /** Empty for none. */
  compactString(): string {
    return this.#text(this.unsigned() - 1);
  }

  compactArray<T>(read: () => T): T[] {
    return readItems(this.unsigned() - 1, read);
  }

  skipTags(): void {
    for (let left = this.unsigned(); left > 0; left -= 1) {
      this.unsigned();
      this.skip(this.unsigned());
    }
  }

  /** Zigzag, as all numbers inside a record are; exact within ±2^52, which every length, time and offset is. */
  varint(): number {
    const raw = this.unsigned();
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }

  /** Bytes with their length as a varint; `null` for none. Not copied. */
  varintBytes(): Buffer | null {
    const length = this.varint();
    return length < 0 ? null : this.#slice(length);
  }

  skipVarintBytes(): void {
    this.skip(this.varint());
  }

  /** A number of variable length; refused beyond 2^53. */
  unsigned(): number {
    const data = this.#data;
    let { position } = this;
    let byte = data[position] as number;
    let value = byte & 0x7f;
    for (let factor = 0x80; byte > 0x7f; factor *= 0x80) {
      position += 1;
      byte = data[position] as number;
      value += (byte & 0x7f) * factor;
    }
    if (byte === undefined) {
      throw new RangeError('The bytes end within a number');
    }
    if (!(value <= 2 ** 53)) {
      throw new RangeError('A number is beyond 2^53');
    }
    this.position = position + 1;
    return value;
  }

  /** A length below zero stands for none. Behind the end, the next read throws. */
  skip(length: number): void {
    if (length > 0) {
      this.position += length;
    }
  }

  #text(length: number): string {
    const at = this.#move(Math.max(0, length));
    return this.#data.toString('utf8', at, this.position);
  }

  #slice(length: number): Buffer {
    const at = this.#move(Math.max(0, length));
    return this.#data.subarray(at, this.position);
  }

  #move(length: number): number {
    const at = this.position;
    if (at + length > this.#data.length) {
      throw new RangeError('The bytes end too early');
    }
    this.position = at + length;
    return at;
  }
}

/** A count of −1 stands for no list. */
function readItems<T>(count: number, read: () => T): T[] {
  const items: T[] = [];
  for (let left = count; left > 0; left -= 1) {
    items.push(read());
  }
  return items;
}
