import { createEntityPages, pageSlots } from './entity-pages.ts';
import { toFingerprint } from './to-fingerprint.ts';

/** The highest revision of each entity, until the entity is forgotten. */
export interface EntityTable {
  readonly size: number;
  /** Memory of the entries. */
  readonly bytes: number;
  /**
   * Records a revision of an entity.
   *
   * @param revision 0 to 2^64 − 1
   * @param timestampMs epoch milliseconds; stored in whole seconds, only with a new highest revision
   * @returns the highest revision before; `undefined` for a new entity
   */
  raise(key: Buffer, revision: bigint, timestampMs: number): bigint | undefined;
  /**
   * Takes a revision back, unless a higher one has come since.
   *
   * @param before the highest revision before it; `undefined` when the entity was new
   */
  withdraw(key: Buffer, revision: bigint, before: bigint | undefined): void;
  /** The highest revision of the entity. */
  find(key: Buffer): bigint | undefined;
  /** Forgets entities whose highest revision is older. Each call does 1/64 of the work. */
  forget(beforeMs: number): void;
}

const sweepParts = 64;

/**
 * Extendible hashing over pages of typed arrays. An entry takes 28 bytes and no object that the garbage collector must
 * follow. The table grows by splitting one page at a time, without a pause and without a copy of the table. Keys are stored
 * as 128 bits of their SHA-256: the probability that any two of a million entities share them is 10^-27.
 */
export function createEntityTable(): EntityTable {
  const pages = createEntityPages();
  /** Page numbers by the low `depth` bits of the first word of a fingerprint. */
  let directory = Uint32Array.of(pages.add());
  let depth = 0;
  /** How many low bits the entries of each page share. */
  const pageDepths = [0];
  let size = 0;
  let sweepAt = 0;

  function pageOf(word: number): number {
    return directory[word & (directory.length - 1)] as number;
  }

  /** Splits a full page: the entries with 1 as the next bit move to a new page. */
  function split(page: number): void {
    const pageDepth = pageDepths[page] as number;
    if (pageDepth === depth) {
      const doubled = new Uint32Array(directory.length * 2);
      doubled.set(directory);
      doubled.set(directory, directory.length);
      directory = doubled;
      depth += 1;
    }
    const bit = 2 ** pageDepth;
    const sibling = pages.add();
    pageDepths[page] = pageDepth + 1;
    pageDepths.push(pageDepth + 1);
    const shared = pages.wordAt(page, 0) & (bit - 1);
    for (let at = shared + bit; at < directory.length; at += 2 * bit) {
      directory[at] = sibling;
    }
    for (let slot = pages.used(page) - 1; slot >= 0; slot -= 1) {
      if ((pages.wordAt(page, slot) & bit) !== 0) {
        pages.move(page, slot, sibling);
      }
    }
  }

  return {
    get size() {
      return size;
    },
    get bytes() {
      return pages.bytes;
    },
    raise(key, revision, timestampMs) {
      const fingerprint = toFingerprint(key);
      const seconds = Math.min(Math.max(0, Math.floor(timestampMs / 1000)), 0xffff_ffff);
      let page = pageOf(fingerprint[0]);
      const slot = pages.find(page, fingerprint);
      if (slot >= 0) {
        const known = pages.revisionAt(page, slot);
        if (revision > known) {
          pages.update(page, slot, revision, seconds);
        }
        return known;
      }
      while (pages.used(page) === pageSlots) {
        split(page);
        page = pageOf(fingerprint[0]);
      }
      pages.append(page, fingerprint, revision, seconds);
      size += 1;
      return undefined;
    },
    withdraw(key, revision, before) {
      const fingerprint = toFingerprint(key);
      const page = pageOf(fingerprint[0]);
      const slot = pages.find(page, fingerprint);
      if (slot < 0 || pages.revisionAt(page, slot) !== revision) {
        return;
      }
      if (before === undefined) {
        pages.remove(page, slot);
        size -= 1;
      } else {
        pages.update(page, slot, before, pages.secondsAt(page, slot));
      }
    },
    find(key) {
      const fingerprint = toFingerprint(key);
      const page = pageOf(fingerprint[0]);
      const slot = pages.find(page, fingerprint);
      return slot < 0 ? undefined : pages.revisionAt(page, slot);
    },
    forget(beforeMs) {
      const beforeSeconds = Math.floor(beforeMs / 1000);
      for (let left = Math.ceil(pages.count / sweepParts); left > 0; left -= 1) {
        sweepAt = (sweepAt + 1) % pages.count;
        for (let slot = pages.used(sweepAt) - 1; slot >= 0; slot -= 1) {
          if (pages.secondsAt(sweepAt, slot) < beforeSeconds) {
            pages.remove(sweepAt, slot);
            size -= 1;
          }
        }
      }
    },
  };
}
