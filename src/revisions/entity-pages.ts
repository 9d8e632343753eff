import type { Fingerprint } from './to-fingerprint.ts';

/** Slots in one page. */
export const pageSlots = 64;

const pagesPerChunk = 512;
const bytesPerSlot = 28;

interface Chunk {
  /** Four words for each slot. */
  readonly fingerprints: Uint32Array;
  readonly revisions: BigUint64Array;
  readonly seconds: Uint32Array;
}

/** Pages of fixed size. Their entries are packed from the first slot on. Memory is allocated in chunks of pages. */
export interface EntityPages {
  readonly count: number;
  readonly bytes: number;
  /** @returns the number of the new page */
  add(): number;
  used(page: number): number;
  /** Slot of the fingerprint; −1 when the page does not hold it. */
  find(page: number, fingerprint: Fingerprint): number;
  /** The page must not be full. */
  append(page: number, fingerprint: Fingerprint, revision: bigint, seconds: number): void;
  revisionAt(page: number, slot: number): bigint;
  secondsAt(page: number, slot: number): number;
  update(page: number, slot: number, revision: bigint, seconds: number): void;
  /** Removes the entry; the last entry of the page moves into its slot. */
  remove(page: number, slot: number): void;
  /** First word of the entry's fingerprint. */
  wordAt(page: number, slot: number): number;
  /** Moves an entry to another page, which must not be full. */
  move(page: number, slot: number, toPage: number): void;
}

export function createEntityPages(): EntityPages {
  const chunks: Chunk[] = [];
  const usedSlots: number[] = [];

  function chunkOf(page: number): Chunk {
    return chunks[Math.floor(page / pagesPerChunk)] as Chunk;
  }

  function indexOf(page: number, slot: number): number {
    return (page % pagesPerChunk) * pageSlots + slot;
  }

  function copy(page: number, slot: number, toPage: number, toSlot: number): void {
    const from = chunkOf(page);
    const to = chunkOf(toPage);
    const at = indexOf(page, slot);
    const toAt = indexOf(toPage, toSlot);
    for (let word = 0; word < 4; word += 1) {
      to.fingerprints[toAt * 4 + word] = from.fingerprints[at * 4 + word] as number;
    }
    to.revisions[toAt] = from.revisions[at] as bigint;
    to.seconds[toAt] = from.seconds[at] as number;
  }

  function remove(page: number, slot: number): void {
    const last = (usedSlots[page] as number) - 1;
    if (slot !== last) {
      copy(page, last, page, slot);
    }
    usedSlots[page] = last;
  }

  return {
    get count() {
      return usedSlots.length;
    },
    get bytes() {
      return chunks.length * pagesPerChunk * pageSlots * bytesPerSlot;
    },
    add() {
      if (usedSlots.length === chunks.length * pagesPerChunk) {
        chunks.push(createChunk());
      }
      return usedSlots.push(0) - 1;
    },
    used: (page) => usedSlots[page] as number,
    find(page, fingerprint) {
      const { fingerprints } = chunkOf(page);
      const first = indexOf(page, 0) * 4;
      const end = first + (usedSlots[page] as number) * 4;
      for (let at = first; at < end; at += 4) {
        if (
          fingerprints[at + 1] === fingerprint[1] &&
          fingerprints[at] === fingerprint[0] &&
          fingerprints[at + 2] === fingerprint[2] &&
          fingerprints[at + 3] === fingerprint[3]
        ) {
          return (at - first) / 4;
        }
      }
      return -1;
    },
    append(page, fingerprint, revision, seconds) {
      const chunk = chunkOf(page);
      const at = indexOf(page, usedSlots[page] as number);
      chunk.fingerprints.set(fingerprint, at * 4);
      chunk.revisions[at] = revision;
      chunk.seconds[at] = seconds;
      usedSlots[page] = (usedSlots[page] as number) + 1;
    },
    revisionAt: (page, slot) => chunkOf(page).revisions[indexOf(page, slot)] as bigint,
    secondsAt: (page, slot) => chunkOf(page).seconds[indexOf(page, slot)] as number,
    update(page, slot, revision, seconds) {
      const chunk = chunkOf(page);
      chunk.revisions[indexOf(page, slot)] = revision;
      chunk.seconds[indexOf(page, slot)] = seconds;
    },
    remove,
    wordAt: (page, slot) => chunkOf(page).fingerprints[indexOf(page, slot) * 4] as number,
    move(page, slot, toPage) {
      copy(page, slot, toPage, usedSlots[toPage] as number);
      usedSlots[toPage] = (usedSlots[toPage] as number) + 1;
      remove(page, slot);
    },
  };
}

function createChunk(): Chunk {
  const slots = pagesPerChunk * pageSlots;
  return {
    fingerprints: new Uint32Array(slots * 4),
    revisions: new BigUint64Array(slots),
    seconds: new Uint32Array(slots),
  };
}
