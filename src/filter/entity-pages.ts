import { hash } from 'node:crypto';

export const slotsPerPage = 64;

const pagesPerChunk = 512;
const bytesPerSlot = 28;

/** Fingerprint of a key: four unsigned 32-bit words of the key's SHA-256 digest. */
export type Fingerprint = readonly [number, number, number, number];

interface PageChunk {
  /** Fingerprints of the entries, with four words per slot. */
  readonly fingerprints: Uint32Array;
  readonly revisions: BigUint64Array;
  readonly seconds: Uint32Array;
}

/**
 * Pages of fixed size. Entries are packed from the first slot on. Memory is allocated in chunks of pages. The first
 * chunk starts small and doubles in size, because a process may have a thousand partitions with few entities each.
 */
export class EntityPages {
  readonly #chunks: PageChunk[] = [];
  readonly #usedSlots: number[] = [];

  /** Number of pages that the allocated memory can hold. */
  get #room(): number {
    const [first] = this.#chunks;
    return first === undefined ? 0 : countPages(first) + (this.#chunks.length - 1) * pagesPerChunk;
  }

  get count(): number {
    return this.#usedSlots.length;
  }

  get bytes(): number {
    return this.#room * slotsPerPage * bytesPerSlot;
  }

  /** @returns the number of the new page */
  add(): number {
    if (this.#usedSlots.length === this.#room) {
      this.#grow();
    }
    return this.#usedSlots.push(0) - 1;
  }

  used(page: number): number {
    return this.#usedSlots[page] as number;
  }

  /** Returns the slot of the fingerprint, or −1 if the page does not contain it. */
  find(page: number, fingerprint: Fingerprint): number {
    const { fingerprints } = this.#chunkOf(page);
    const firstWordIndex = slotIndex(page, 0) * 4;
    const end = firstWordIndex + this.used(page) * 4;
    for (let at = firstWordIndex; at < end; at += 4) {
      if (
        fingerprints[at + 1] === fingerprint[1] &&
        fingerprints[at] === fingerprint[0] &&
        fingerprints[at + 2] === fingerprint[2] &&
        fingerprints[at + 3] === fingerprint[3]
      ) {
        return (at - firstWordIndex) / 4;
      }
    }
    return -1;
  }

  /** Appends an entry. The page must not be full. */
  append(page: number, fingerprint: Fingerprint, revision: bigint, seconds: number): void {
    const slot = this.used(page);
    this.#chunkOf(page).fingerprints.set(fingerprint, slotIndex(page, slot) * 4);
    this.update(page, slot, revision, seconds);
    this.#usedSlots[page] = slot + 1;
  }

  revisionAt(page: number, slot: number): bigint {
    return this.#chunkOf(page).revisions[slotIndex(page, slot)] as bigint;
  }

  secondsAt(page: number, slot: number): number {
    return this.#chunkOf(page).seconds[slotIndex(page, slot)] as number;
  }

  /** Returns the first word of the entry's fingerprint. */
  wordAt(page: number, slot: number): number {
    return this.#chunkOf(page).fingerprints[slotIndex(page, slot) * 4] as number;
  }

  update(page: number, slot: number, revision: bigint, seconds: number): void {
    const chunk = this.#chunkOf(page);
    chunk.revisions[slotIndex(page, slot)] = revision;
    chunk.seconds[slotIndex(page, slot)] = seconds;
  }

  /** Removes an entry. The last entry of the page moves into its slot. */
  remove(page: number, slot: number): void {
    const lastSlot = this.used(page) - 1;
    if (slot !== lastSlot) {
      this.#copy(page, lastSlot, page, slot);
    }
    this.#usedSlots[page] = lastSlot;
  }

  /** Moves an entry to another page, which must not be full. */
  move(page: number, slot: number, toPage: number): void {
    const targetSlot = this.used(toPage);
    this.#copy(page, slot, toPage, targetSlot);
    this.#usedSlots[toPage] = targetSlot + 1;
    this.remove(page, slot);
  }

  #grow(): void {
    const [first] = this.#chunks;
    if (first === undefined) {
      this.#chunks.push(createChunk(1));
    } else if (countPages(first) < pagesPerChunk) {
      this.#chunks[0] = createChunk(countPages(first) * 2, first);
    } else {
      this.#chunks.push(createChunk(pagesPerChunk));
    }
  }

  #chunkOf(page: number): PageChunk {
    return this.#chunks[Math.floor(page / pagesPerChunk)] as PageChunk;
  }

  #copy(page: number, slot: number, toPage: number, toSlot: number): void {
    const sourceFingerprints = this.#chunkOf(page).fingerprints;
    const to = this.#chunkOf(toPage).fingerprints;
    const at = slotIndex(page, slot) * 4;
    const targetIndex = slotIndex(toPage, toSlot) * 4;
    for (let wordIndex = 0; wordIndex < 4; wordIndex += 1) {
      to[targetIndex + wordIndex] = sourceFingerprints[at + wordIndex] as number;
    }
    this.update(toPage, toSlot, this.revisionAt(page, slot), this.secondsAt(page, slot));
  }
}

/**
 * Computes the fingerprint of a key. The digest is a binary string, because allocating a Buffer would cost more than the
 * hash.
 */
export function toFingerprint(key: Buffer): Fingerprint {
  const digest = hash('sha256', key, 'binary');
  return [readWord(digest, 0), readWord(digest, 4), readWord(digest, 8), readWord(digest, 12)];
}

function readWord(digest: string, at: number): number {
  return readHalfWord(digest, at) + readHalfWord(digest, at + 2) * 0x1_0000;
}

function readHalfWord(digest: string, at: number): number {
  return digest.charCodeAt(at) + digest.charCodeAt(at + 1) * 0x100;
}

function slotIndex(page: number, slot: number): number {
  return (page % pagesPerChunk) * slotsPerPage + slot;
}

function createChunk(pages: number, from?: PageChunk): PageChunk {
  const slots = pages * slotsPerPage;
  const chunk = {
    fingerprints: new Uint32Array(slots * 4),
    revisions: new BigUint64Array(slots),
    seconds: new Uint32Array(slots),
  };
  if (from !== undefined) {
    chunk.fingerprints.set(from.fingerprints);
    chunk.revisions.set(from.revisions);
    chunk.seconds.set(from.seconds);
  }
  return chunk;
}

function countPages({ seconds }: PageChunk): number {
  return seconds.length / slotsPerPage;
}
