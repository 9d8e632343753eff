/** Up to here a loop is quicker than a call into the runtime. */
const shortBytes = 32;

/** A copy is made of what fills less of its memory. */
const roomFactor = 1.1;

/**
 * What a decompressor writes: pieces of its input, and pieces of what it wrote before.
 *
 * @throws RangeError for a piece that is not there
 */
export class GrowingOutput {
  #bytes: Buffer;
  #length = 0;

  constructor(firstBytes: number) {
    this.#bytes = Buffer.allocUnsafe(firstBytes);
  }

  /** All of it, in memory of hardly more than its length: who holds it counts that. */
  written(): Buffer {
    const written = this.#bytes.subarray(0, this.#length);
    return this.#length * roomFactor < this.#bytes.length ? Buffer.from(written) : written;
  }

  /** A piece of the input. */
  copyFrom(input: Buffer, from: number, length: number): void {
    if (from + length > input.length) {
      throw new RangeError('The compressed bytes end too early');
    }
    this.#ensure(length);
    const bytes = this.#bytes;
    if (length > shortBytes) {
      input.copy(bytes, this.#length, from, from + length);
    } else {
      for (let i = 0; i < length; i += 1) {
        bytes[this.#length + i] = input[from + i] as number;
      }
    }
    this.#length += length;
  }

  /** What was written `distance` bytes ago; it may reach into what it writes itself. */
  repeat(distance: number, length: number): void {
    if (distance < 1 || distance > this.#length) {
      throw new RangeError('The compressed bytes refer to what was not written');
    }
    this.#ensure(length);
    const bytes = this.#bytes;
    const end = this.#length + length;
    if (length <= shortBytes) {
      for (let at = this.#length; at < end; at += 1) {
        bytes[at] = bytes[at - distance] as number;
      }
      this.#length = end;
      return;
    }
    // Each round can copy all that stands there since the distance began.
    for (let step = distance; this.#length < end; step *= 2) {
      const part = Math.min(step, end - this.#length);
      const from = this.#length - step;
      bytes.copyWithin(this.#length, from, from + part);
      this.#length += part;
    }
  }

  #ensure(length: number): void {
    const needed = this.#length + length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
  }
}
