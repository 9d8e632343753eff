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

  /**
   * Reads an offset, which never reaches 2^53 in practice. Timestamps and producer IDs may be larger, so they must be
   * read with `bigInt64`.
   */
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

  /** Reads a string prefixed by its two-byte length. A null string is read as an empty string. */
  string(): string {
    return this.#text(this.int16());
  }

  /** Reads a byte string prefixed by its four-byte length, without copying it. Null is read as an empty buffer. */
  bytes(): Buffer {
    return this.#slice(this.int32());
  }

  array<T>(read: () => T): T[] {
    return readList(this.int32(), read);
  }

  /** Reads a string in the format of flexible versions. A null string is read as an empty string. */
  compactString(): string {
    return this.#text(this.unsigned() - 1);
  }

  compactArray<T>(read: () => T): T[] {
    return readList(this.unsigned() - 1, read);
  }

  skipTags(): void {
    for (let itemsLeft = this.unsigned(); itemsLeft > 0; itemsLeft -= 1) {
      this.unsigned();
      this.skip(this.unsigned());
    }
  }

  /**
   * Reads a zigzag varint, which encodes all numbers inside a record. The result is exact within ±2^52, which is
   * sufficient for any delta.
   */
  varint(): number {
    const raw = this.unsigned();
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }

  /** Reads a byte string prefixed by its varint length, without copying it. A negative length is read as `null`. */
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
    for (let placeValue = 0x80; byte > 0x7f; placeValue *= 0x80) {
      position += 1;
      byte = data[position] as number;
      value += (byte & 0x7f) * placeValue;
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

  /**
   * Skips bytes. A negative length means null, so nothing is skipped. If the skip goes beyond the end, the next read
   * throws.
   */
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

/** Reads a list. A count of −1 means a null list, which is read as an empty list. */
function readList<T>(count: number, read: () => T): T[] {
  const items: T[] = [];
  for (let itemsLeft = count; itemsLeft > 0; itemsLeft -= 1) {
    items.push(read());
  }
  return items;
}
