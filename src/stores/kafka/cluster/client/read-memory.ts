import { EventEmitter, once } from 'node:events';
import { callUntilAborted } from './partition-calls.ts';

/**
 * Memory limit for decompressed records that are still being processed. Only one reader decompresses at a time, and
 * only while memory use is below the limit. The limit is therefore exceeded by at most one part.
 */
export class ReadMemoryLimiter {
  readonly #totalBytes: number;
  readonly #changes = new EventEmitter();
  #reservedBytes = 0;
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  get reservedBytes(): number {
    return this.#reservedBytes;
  }

  /** Opens the share of one reader. All its memory is released when the signal aborts. */
  open(signal: AbortSignal): ReaderMemoryAllowance {
    return new ReaderMemoryAllowance(this, signal);
  }

  change(bytes: number): void {
    this.#reservedBytes += bytes;
    this.#changes.emit('changed');
  }

  /** Calls `use` when memory is available and all earlier callers have been served. */
  inTurn<T>(use: () => T, signal: AbortSignal): Promise<T> {
    const queuedRead = this.#lastTurn.then(async () => {
      while (this.#reservedBytes >= this.#totalBytes) {
        await once(this.#changes, 'changed', { signal });
      }
      signal.throwIfAborted();
      return use();
    });
    this.#lastTurn = queuedRead.catch(() => {});
    return queuedRead;
  }
}

/** Memory of one reader, which reads one part at a time and releases the parts in the same order. */
export class ReaderMemoryAllowance {
  readonly #memory: ReadMemoryLimiter;
  readonly #signal: AbortSignal;
  readonly #reserved: { readonly nextOffset: number; readonly bytes: number }[] = [];

  constructor(memory: ReadMemoryLimiter, signal: AbortSignal) {
    this.#memory = memory;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.release(Number.POSITIVE_INFINITY));
  }

  /**
   * Calls `use` when memory is available. Memory that `use` reserves is counted before the next reader is served.
   *
   * @throws if the signal aborts
   */
  inTurn<T>(use: () => T): Promise<T> {
    return callUntilAborted(this.#signal, () => this.#memory.inTurn(use, this.#signal));
  }

  /** Reserves memory for a part, which is released when all offsets before `nextOffset` are released. */
  reserve(nextOffset: number, bytes: number): void {
    this.#reserved.push({ nextOffset, bytes });
    this.#memory.change(bytes);
  }

  /** Releases the parts whose records all have offsets below `nextOffset`. */
  release(nextOffset: number): void {
    for (
      let [first] = this.#reserved;
      first !== undefined && first.nextOffset <= nextOffset;
      [first] = this.#reserved
    ) {
      this.#reserved.shift();
      this.#memory.change(-first.bytes);
    }
  }
}

/** Yields parts, and releases the memory of each part when the next part is requested. */
export async function* releaseAfterUse<T extends { readonly nextOffset: number }>(
  memory: ReaderMemoryAllowance,
  parts: AsyncIterable<T>,
): AsyncGenerator<T> {
  for await (const item of parts) {
    yield item;
    memory.release(item.nextOffset);
  }
}
