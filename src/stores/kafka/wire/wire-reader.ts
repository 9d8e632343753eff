/**
 * Reads Kafka's primitive types, including those of flexible versions (KIP-482).
 *
 * @throws RangeError from every method if the bytes end too early
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

  /** Reads an offset: no log reaches 2^53. Timestamps and producer ids may be larger, so read them with `bigInt64`. */
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

  /** Reads a string with a two-byte length. A null string reads as an empty one. */
  string(): string {
    return this.#text(this.int16());
  }

  /** Reads bytes with a four-byte length, without copying them. Null reads as an empty buffer. */
  bytes(): Buffer {
    return this.#slice(this.int32());
  }

  array<T>(read: () => T): T[] {
    return readItems(this.int32(), read);
  }

  /** Reads a string of a flexible version. A null string reads as an empty one. */
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

  /** Reads a zigzag varint, the encoding of all numbers inside a record. Exact within ±2^52, enough for any delta. */
  varint(): number {
    const raw = this.unsigned();
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }

  /** Reads bytes with a varint length, without copying them. A negative length reads as `null`. */
  varintBytes(): Buffer | null {
    const length = this.varint();
    return length < 0 ? null : this.#slice(length);
  }

  skipVarintBytes(): void {
    this.skip(this.varint());
  }

  /** Reads an unsigned varint. @throws RangeError beyond 2^53 */
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
      throw new RangeError('The bytes end in the middle of a number');
    }
    if (!(value <= 2 ** 53)) {
      throw new RangeError('A number is larger than 2^53');
    }
    this.position = position + 1;
    return value;
  }

  /** Skips bytes. A negative length means null and skips nothing. After a skip beyond the end, the next read throws. */
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
      throw new RangeError('Unexpected end of data');
    }
    this.position = at + length;
    return at;
  }
}

/** A count of −1 means a null list. It reads as an empty one. */
function readItems<T>(count: number, read: () => T): T[] {
  const items: T[] = [];
  for (let left = count; left > 0; left -= 1) {
    items.push(read());
  }
  return items;
}
