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
  /** What is there of the next answer, and perhaps room behind it. */
  #bytes: Buffer = Buffer.alloc(0);
  #held = 0;
  #needed = lengthBytes;

  /** Copied, but for what comes alone: a chunk of a byte would keep a hundred others alive. */
  add(chunk: Buffer): void {
    if (this.#held === 0) {
      this.#bytes = chunk;
      this.#held = chunk.length;
      return;
    }
    const end = this.#held + chunk.length;
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, Math.min(this.#needed, this.#held * 2)));
      this.#bytes.copy(larger, 0, 0, this.#held);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.#held);
    this.#held = end;
  }

  /**
   * @returns the next answer, with its length before it; `undefined` until all of it is there
   * @throws RangeError for a length out of its bounds
   */
  next({ leastBytes, mostBytes }: AnswerBounds): Buffer | undefined {
    if (this.#held < this.#needed) {
      return undefined;
    }
    const length = this.#bytes.readInt32BE(0);
    if (length < leastBytes) {
      throw new RangeError(`The broker's answer says that it has ${length} bytes, less than ${leastBytes}`);
    }
    const beginBytes = lengthBytes + leastBytes;
    const hasBegin = this.#held >= beginBytes;
    const most = hasBegin ? mostBytes(this.#bytes) : Number.POSITIVE_INFINITY;
    if (length > most) {
      throw new RangeError(`The broker's answer says that it has ${length} bytes, more than ${most}`);
    }
    this.#needed = hasBegin ? lengthBytes + length : beginBytes;
    return this.#held < this.#needed ? undefined : this.#take(this.#needed);
  }

  #take(end: number): Buffer {
    const answer = this.#bytes.subarray(0, end);
    this.#held -= end;
    this.#bytes = this.#held === 0 ? Buffer.alloc(0) : this.#bytes.subarray(end, end + this.#held);
    this.#needed = lengthBytes;
    return answer;
  }
}
