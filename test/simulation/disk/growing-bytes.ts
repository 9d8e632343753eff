/** A growable byte buffer with random access, which holds the contents of a file. */
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

  /** Truncates the buffer, or extends it with zeros. */
  truncate(size: number): void {
    this.#buffer.fill(0, Math.min(size, this.#size), this.#size);
    this.#resize(size);
  }

  /** Returns a copy of a range of bytes. The copy is shorter than `length` if the range extends beyond the end. */
  read(at: number, length: number): Buffer {
    return Buffer.from(this.#buffer.subarray(at, Math.min(this.#size, at + length)));
  }

  /** Replaces the contents of this buffer with the contents of another buffer. */
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
