import type { Random } from '../world/random.ts';
import { GrowingBytes } from './growing-bytes.ts';

type Change = { readonly at: number; readonly bytes: Buffer } | { readonly size: number };

/**
 * Effect of a power loss on the unsynced changes of a file: all changes survive, all are lost, or each one is lost at
 * random.
 */
type Loss = 'none' | 'all' | 'each';

/**
 * A file with two versions of its contents: the bytes that processes see, and the bytes that would survive a power
 * loss. Only a sync guarantees that a change survives.
 */
export class DiskFile {
  readonly #seen = new GrowingBytes();
  readonly #durable = new GrowingBytes();
  #unsynced: Change[] = [];
  modifiedMs: number;

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
  }

  get size(): number {
    return this.#seen.size;
  }

  /** Bytes written since the last sync. */
  get unsynced(): Buffer {
    return Buffer.concat(this.#unsynced.flatMap((change) => ('bytes' in change ? [change.bytes] : [])));
  }

  read(at: number, length: number): Buffer {
    return this.#seen.read(at, length);
  }

  write(bytes: Buffer, at: number): void {
    this.#change({ at, bytes: Buffer.from(bytes) });
  }

  truncate(size: number): void {
    this.#change({ size });
  }

  sync(): void {
    for (const change of this.#unsynced) {
      apply(change, this.#durable);
    }
    this.#unsynced = [];
  }

  /**
   * Simulates a failed sync: only some changes reach the disk. No later sync writes the other changes, although
   * processes still see them.
   */
  failSync(random: Random): void {
    this.#loseSome(random);
    this.#unsynced = [];
  }

  /** Simulates a power loss. */
  crash(random: Random): void {
    this.failSync(random);
    this.#seen.copyFrom(this.#durable);
  }

  #change(change: Change): void {
    apply(change, this.#seen);
    this.#unsynced.push(change);
  }

  #loseSome(random: Random): void {
    const loss = random.pick<Loss>(['none', 'all', 'each']);
    for (const change of loss === 'all' ? [] : this.#unsynced) {
      const left = loss === 'none' ? change : tear(change, random);
      if (left !== undefined) {
        apply(left, this.#durable);
      }
    }
  }
}

/**
 * Returns the part of a change that survives a power loss: all of it, nothing, its start, its end after a gap of zeros,
 * or only zeros. Only zeros survive if the file grew before its bytes arrived.
 */
function tear(change: Change, random: Random): Change | undefined {
  if ('size' in change) {
    return random.chance(0.5) ? change : undefined;
  }
  const { at, bytes } = change;
  const cut = random.int(bytes.length + 1);
  switch (random.int(5)) {
    case 0:
      return change;
    case 1:
      return undefined;
    case 2:
      return { at, bytes: bytes.subarray(0, cut) };
    case 3:
      return { at, bytes: Buffer.concat([Buffer.alloc(cut), bytes.subarray(cut)]) };
    default:
      return { at, bytes: Buffer.alloc(bytes.length) };
  }
}

function apply(change: Change, bytes: GrowingBytes): void {
  if ('size' in change) {
    bytes.truncate(change.size);
  } else {
    bytes.write(change.bytes, change.at);
  }
}
