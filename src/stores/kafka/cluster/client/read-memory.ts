interface Waiting {
  readonly reader: ReaderMemory;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Bytes of decompressed records that a process may hold. Who reads waits for room before it decompresses. */
export class ReadMemory {
  readonly totalBytes: number;
  #heldBytes = 0;
  #waiting: Waiting[] = [];

  constructor(totalBytes: number) {
    this.totalBytes = totalBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** One reader's part of it. */
  open(): ReaderMemory {
    return new ReaderMemory(this);
  }

  change(bytes: number): void {
    this.#heldBytes += bytes;
    for (
      let next = this.#waiting[0];
      next !== undefined && this.#hasRoom(next.bytes);
      next = this.#waiting[0]
    ) {
      this.#waiting.shift();
      this.#heldBytes += next.bytes;
      next.resolve();
    }
  }

  /** Takes so many bytes, after everybody who came before. */
  async take(reader: ReaderMemory, bytes: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ reader, bytes, resolve, reject });
      this.change(0);
    });
  }

  leave(reader: ReaderMemory): void {
    const leaving = this.#waiting.filter((each) => each.reader === reader);
    this.#waiting = this.#waiting.filter((each) => each.reader !== reader);
    for (const { reject } of leaving) {
      reject(new ReaderClosedError());
    }
    this.change(0);
  }

  #hasRoom(bytes: number): boolean {
    return this.#heldBytes === 0 || this.#heldBytes + bytes <= this.totalBytes;
  }
}

class ReaderClosedError extends Error {
  constructor() {
    super('The reader is closed');
  }
}

/** What one reader holds. It reads one part at a time, and its parts are done in the order in which they were read. */
export class ReaderMemory {
  readonly #memory: ReadMemory;
  readonly #held: { readonly nextOffset: number; readonly bytes: number }[] = [];
  #takenBytes = 0;
  #isClosed = false;

  constructor(memory: ReadMemory) {
    this.#memory = memory;
  }

  /**
   * Takes room for what is read next, and gives back what was taken before and not held. If it is more than there is
   * at all, everything is taken: the reader is alone then.
   *
   * @throws when the reader is closed
   */
  async take(bytes: number): Promise<void> {
    this.giveBack();
    const most = Math.min(bytes, this.#memory.totalBytes);
    if (this.#isClosed) {
      throw new ReaderClosedError();
    }
    await this.#memory.take(this, most);
    this.#takenBytes = most;
    if (this.#isClosed) {
      this.giveBack();
      throw new ReaderClosedError();
    }
  }

  /** More than half of what there is: one reader at a time can have it, and those that hold little do not keep it waiting. */
  takeMost(): Promise<void> {
    return this.take(Math.ceil(this.#memory.totalBytes * 0.6));
  }

  giveBack(): void {
    const bytes = this.#takenBytes;
    this.#takenBytes = 0;
    this.#memory.change(-bytes);
  }

  /** What was read takes so many bytes, whatever was taken for it, until the offsets before `nextOffset` are done. */
  hold(nextOffset: number, bytes: number): void {
    if (!this.#isClosed && bytes > 0) {
      this.#held.push({ nextOffset, bytes });
      this.#memory.change(bytes);
    }
    this.giveBack();
  }

  done(nextOffset: number): void {
    for (
      let [first] = this.#held;
      first !== undefined && first.nextOffset <= nextOffset;
      [first] = this.#held
    ) {
      this.#held.shift();
      this.#memory.change(-first.bytes);
    }
  }

  /** Gives everything back. Nothing can be taken any more. */
  close(): void {
    this.#isClosed = true;
    this.#memory.leave(this);
    this.giveBack();
    this.done(Number.POSITIVE_INFINITY);
  }
}

/** Each part counts until the next one is asked for. */
export async function* holdWhileUsed<T extends { readonly nextOffset: number }>(
  memory: ReaderMemory,
  parts: AsyncIterable<T>,
): AsyncGenerator<T> {
  for await (const part of parts) {
    yield part;
    memory.done(part.nextOffset);
  }
}
