/** Bytes that can be written at any place, as a file's. */
export class GrowingBytes {
  #buffer = Buffer.alloc(0);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  write(bytes: Buffer, at: number): void {
    const end = at + bytes.length;
    this.#resize(Math.max(this.#size, end));
    bytes.copy(this.#buffer, at);
  }

  /** Cuts off, or adds zeros. */
  truncate(size: number): void {
    this.#buffer.fill(0, Math.min(size, this.#size), this.#size);
    this.#resize(size);
  }

  /** A copy of what is there; less than `length` at the end. */
  read(at: number, length: number): Buffer {
    return Buffer.from(this.#buffer.subarray(at, Math.min(this.#size, at + length)));
  }

  /** Becomes the same as another one. */
  copyFrom(other: GrowingBytes): void {
    this.truncate(0);
    this.write(other.read(0, other.size), 0);
  }

  #resize(size: number): void {
    if (size > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(size, this.#buffer.length * 2, 4096));
      this.#buffer.copy(grown, 0, 0, this.#size);
      this.#buffer = grown;
    }
    this.#size = size;
  }
}
