interface Waiting {
  readonly reader: ReaderMemory;
  readonly begin: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Bytes of decompressed records that a process holds until they are done. One reader after the other decompresses, and none
 * while they are too many: so they become more than that by what one reader reads at once.
 */
export class ReadMemory {
  readonly #totalBytes: number;
  #heldBytes = 0;
  #waiting: Waiting[] = [];

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
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
  }

  wait(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.goOn();
  }

  goOn(): void {
    while (this.#heldBytes < this.#totalBytes) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        return;
      }
      next.begin();
    }
  }

  leave(reader: ReaderMemory): void {
    const leaving = this.#waiting.filter((each) => each.reader === reader);
    this.#waiting = this.#waiting.filter((each) => each.reader !== reader);
    for (const { reject } of leaving) {
      reject(new ReaderClosedError());
    }
    this.goOn();
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
  #isClosed = false;

  constructor(memory: ReadMemory) {
    this.#memory = memory;
  }

  /**
   * Calls it as soon as there is room, after everybody who came before. What it holds counts before the next one is called.
   *
   * @throws when the reader is closed
   */
  async inTurn<T>(use: () => T): Promise<T> {
    if (this.#isClosed) {
      throw new ReaderClosedError();
    }
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const begin = (): void => {
      try {
        resolve(use());
      } catch (error) {
        reject(error);
      }
    };
    this.#memory.wait({ reader: this, begin, reject });
    return promise;
  }

  /** What was read takes so many bytes, until the offsets before `nextOffset` are done. */
  hold(nextOffset: number, bytes: number): void {
    this.#held.push({ nextOffset, bytes });
    this.#memory.change(bytes);
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
    this.#memory.goOn();
  }

  /** Gives everything back. Nothing is read any more. */
  close(): void {
    this.#isClosed = true;
    this.#memory.leave(this);
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
