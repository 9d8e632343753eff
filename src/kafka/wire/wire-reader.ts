/** Reads Kafka's primitive types, those of flexible versions (KIP-482) as well. */
export class WireReader {
  #at = 0;
  readonly #data: Buffer;

  constructor(data: Buffer) {
    this.#data = data;
  }

  bool(): boolean {
    return this.#data.readInt8(this.#move(1)) !== 0;
  }

  int16(): number {
    return this.#data.readInt16BE(this.#move(2));
  }

  int32(): number {
    return this.#data.readInt32BE(this.#move(4));
  }

  /** Exact up to 2^53, which no offset reaches. */
  int64(): number {
    return Number(this.#data.readBigInt64BE(this.#move(8)));
  }

  uuid(): string {
    const at = this.#move(16);
    return this.#data.toString('hex', at, at + 16);
  }

  string(): string {
    return this.#text(this.int16());
  }

  array<T>(read: () => T): T[] {
    return this.#items(this.int32(), read);
  }

  /** Empty for none. */
  compactString(): string {
    return this.#text(this.#unsigned() - 1);
  }

  compactArray<T>(read: () => T): T[] {
    return this.#items(this.#unsigned() - 1, read);
  }

  skipTags(): void {
    for (let left = this.#unsigned(); left > 0; left -= 1) {
      this.#unsigned();
      this.#move(this.#unsigned());
    }
  }

  #items<T>(count: number, read: () => T): T[] {
    return Array.from({ length: Math.max(0, count) }, read);
  }

  #text(length: number): string {
    const size = Math.max(0, length);
    const at = this.#move(size);
    return this.#data.toString('utf8', at, at + size);
  }

  #unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#data.readUInt8(this.#move(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        return value;
      }
    }
  }

  /** @throws RangeError when the answer ends before */
  #move(length: number): number {
    const at = this.#at;
    if (at + length > this.#data.length) {
      throw new RangeError('An answer of Kafka ends too early');
    }
    this.#at += length;
    return at;
  }
}
