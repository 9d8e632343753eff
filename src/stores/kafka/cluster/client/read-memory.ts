import { EventEmitter, once } from 'node:events';
import { beforeEnd } from './partition-calls.ts';

/**
 * Bytes of decompressed records that a process holds until they are done. One reader after the other decompresses, and none
 * while they are too many: so they become more than that by what one reader reads at once.
 */
export class ReadMemory {
  readonly #totalBytes: number;
  readonly #changes = new EventEmitter();
  #heldBytes = 0;
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** One reader's part of it. It gives everything back when the signal aborts. */
  open(signal: AbortSignal): ReaderMemory {
    return new ReaderMemory(this, signal);
  }

  change(bytes: number): void {
    this.#heldBytes += bytes;
    this.#changes.emit('changed');
  }

  /** Calls it as soon as there is room, after everybody who came before. */
  inTurn<T>(use: () => T, signal: AbortSignal): Promise<T> {
    const turn = this.#lastTurn.then(async () => {
      while (this.#heldBytes >= this.#totalBytes) {
        await once(this.#changes, 'changed', { signal });
      }
      signal.throwIfAborted();
      return use();
    });
    this.#lastTurn = turn.catch(() => {});
    return turn;
  }
}

/** What one reader holds. It reads one part at a time, and its parts are done in the order in which they were read. */
export class ReaderMemory {
  readonly #memory: ReadMemory;
  readonly #signal: AbortSignal;
  readonly #held: { readonly nextOffset: number; readonly bytes: number }[] = [];

  constructor(memory: ReadMemory, signal: AbortSignal) {
    this.#memory = memory;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.done(Number.POSITIVE_INFINITY));
  }

  /**
   * Calls it as soon as there is room. What it holds counts before another reader is called.
   *
   * @throws when the signal aborts
   */
  inTurn<T>(use: () => T): Promise<T> {
    return beforeEnd(this.#signal, () => this.#memory.inTurn(use, this.#signal));
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
