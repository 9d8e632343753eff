import { createEntityPages, pageSlots } from './entity-pages.ts';
import { toFingerprint } from './to-fingerprint.ts';

/** The highest revision seen of each entity, for as long as the entity is not forgotten. */
export interface EntityTable {
  readonly size: number;
  /** Memory taken by the entries. */
  readonly bytes: number;
  /**
   * Notes a revision of an entity.
   *
   * @param revision 0 to 2^64 − 1
   * @param timestampMs epoch milliseconds; kept in whole seconds, and only when the revision is the highest so far
   * @returns the highest revision known before; `undefined` for a new entity
   */
  raise(key: Buffer, revision: bigint, timestampMs: number): bigint | undefined;
  /** Highest revision seen of the entity. */
  find(key: Buffer): bigint | undefined;
  /** Forgets entities whose last higher revision is older. Does a part of the work in each call, all of it in 64. */
  forget(beforeMs: number): void;
}

const sweepParts = 64;

/**
 * Extendible hashing over pages of typed arrays: 28 bytes an entry, no object for the garbage collector to follow, and
 * growing splits one page at a time, so that it neither pauses nor leaves copies behind. Keys are kept as 128 bits of
 * SHA-256: any two of a million entities share them with a probability of 10^-27, well under that of a memory fault.
 */
export function createEntityTable(): EntityTable {
  const pages = createEntityPages();
  /** Page number by the low `depth` bits of a fingerprint's first word. */
  let directory = Uint32Array.of(pages.add());
  let depth = 0;
  /** How many low bits the entries of each page share. */
  const pageDepths = [0];
  let size = 0;
  let sweepAt = 0;

  function pageOf(word: number): number {
    return directory[word & (directory.length - 1)] as number;
  }

  /** Makes room: the entries whose next bit is 1 move to a page of their own. */
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
