export interface AnswerBounds {
  readonly leastBytes: number;
  /** Asked as soon as `leastBytes` of the answer are there. */
  readonly mostBytes: (begin: Buffer) => number;
}

/** The length stands before an answer, and does not count itself. */
export const lengthBytes = 4;

/**
 * Cuts what a broker sends into its answers. The length of an answer is checked before a byte of it is waited for: what
 * comes after a wrong length could be anything.
 */
export class AnswerFrames {
  #chunks: Buffer[] = [];
  #held = 0;
  #needed = lengthBytes;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
  }

  /**
   * @returns the next answer, with its length before it; `undefined` until all of it is there
   * @throws RangeError for a length out of its bounds
   */
  next({ leastBytes, mostBytes }: AnswerBounds): Buffer | undefined {
    if (this.#held < this.#needed) {
      return undefined;
    }
    const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    const length = bytes.readInt32BE(0);
    if (length < leastBytes) {
      throw new RangeError(`The broker's answer says that it has ${length} bytes, less than ${leastBytes}`);
    }
    const beginBytes = lengthBytes + leastBytes;
    if (bytes.length >= beginBytes && length > mostBytes(bytes)) {
      throw new RangeError(
        `The broker's answer says that it has ${length} bytes, more than ${mostBytes(bytes)}`,
      );
    }
    this.#needed = bytes.length < beginBytes ? beginBytes : lengthBytes + length;
    return bytes.length < this.#needed ? undefined : this.#take(this.#needed, bytes);
  }

  #take(end: number, bytes: Buffer): Buffer {
    const rest = bytes.subarray(end);
    this.#chunks = [rest];
    this.#held = rest.length;
    this.#needed = lengthBytes;
    return bytes.subarray(0, end);
  }
}
