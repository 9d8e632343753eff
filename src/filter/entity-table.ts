import { EntityPages, slotsPerPage, toFingerprint } from './entity-pages.ts';

const stepsPerSweep = 64;

/**
 * Stores the highest revision of each entity, until the entity is forgotten.
 *
 * It uses extendible hashing over pages of typed arrays. Each entry takes 28 bytes and does not create any object that
 * the garbage collector must trace. The table grows by splitting one page at a time, without pauses or copies of the
 * table. Keys are stored as 128 bits of their SHA-256 digest. For a million entities, the probability of any collision
 * is about 10^-27.
 */
export class EntityTable {
  readonly #pages = new EntityPages();
  /** Page numbers, indexed by the low `depth` bits of a fingerprint's first word. */
  #directory = Uint32Array.of(this.#pages.add());
  #depth = 0;
  /** Number of low bits that the entries of each page have in common. */
  readonly #pageDepths = [0];
  #size = 0;
  #sweepAt = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#pages.bytes;
  }

  /**
   * Records a revision of an entity.
   *
   * @param revision 0 to 2^64 − 1
   * @param timestampMs epoch milliseconds; stored in whole seconds, only with a new highest revision
   * @returns the previous highest revision; `undefined` for a new entity
   */
  raise(key: Buffer, revision: bigint, timestampMs: number): bigint | undefined {
    const pages = this.#pages;
    const fingerprint = toFingerprint(key);
    const seconds = Math.min(Math.max(0, Math.floor(timestampMs / 1000)), 0xffff_ffff);
    let page = this.#pageOf(fingerprint[0]);
    const slot = pages.find(page, fingerprint);
    if (slot >= 0) {
      const knownRevision = pages.revisionAt(page, slot);
      if (revision > knownRevision) {
        pages.update(page, slot, revision, seconds);
      }
      return knownRevision;
    }
    while (pages.used(page) === slotsPerPage) {
      this.#split(page);
      page = this.#pageOf(fingerprint[0]);
    }
    pages.append(page, fingerprint, revision, seconds);
    this.#size += 1;
    return undefined;
  }

  /**
   * Reverts a recorded revision, unless a higher one was recorded since.
   *
   * @param before the previous highest revision; `undefined` if the entity was new
   */
  withdraw(key: Buffer, revision: bigint, before: bigint | undefined): void {
    const pages = this.#pages;
    const fingerprint = toFingerprint(key);
    const page = this.#pageOf(fingerprint[0]);
    const slot = pages.find(page, fingerprint);
    if (slot < 0 || pages.revisionAt(page, slot) !== revision) {
      return;
    }
    if (before === undefined) {
      this.#remove(page, slot);
    } else {
      pages.update(page, slot, before, pages.secondsAt(page, slot));
    }
  }

  find(key: Buffer): bigint | undefined {
    const fingerprint = toFingerprint(key);
    const page = this.#pageOf(fingerprint[0]);
    const slot = this.#pages.find(page, fingerprint);
    return slot < 0 ? undefined : this.#pages.revisionAt(page, slot);
  }

  /** Forgets entities whose highest revision is older than the given time. Each call sweeps 1/64 of the table. */
  forget(beforeMs: number): void {
    const pages = this.#pages;
    const cutoffSeconds = Math.floor(beforeMs / 1000);
    for (let stepsLeft = Math.ceil(pages.count / stepsPerSweep); stepsLeft > 0; stepsLeft -= 1) {
      this.#sweepAt = (this.#sweepAt + 1) % pages.count;
      for (let slot = pages.used(this.#sweepAt) - 1; slot >= 0; slot -= 1) {
        if (pages.secondsAt(this.#sweepAt, slot) < cutoffSeconds) {
          this.#remove(this.#sweepAt, slot);
        }
      }
    }
  }

  #pageOf(word: number): number {
    return this.#directory[word & (this.#directory.length - 1)] as number;
  }

  #remove(page: number, slot: number): void {
    this.#pages.remove(page, slot);
    this.#size -= 1;
  }

  /** Splits a full page by moving the entries whose next bit is 1 to a new page. */
  #split(page: number): void {
    const pages = this.#pages;
    const pageDepth = this.#pageDepths[page] as number;
    if (pageDepth === this.#depth) {
      const doubledDirectory = new Uint32Array(this.#directory.length * 2);
      doubledDirectory.set(this.#directory);
      doubledDirectory.set(this.#directory, this.#directory.length);
      this.#directory = doubledDirectory;
      this.#depth += 1;
    }
    const bit = 2 ** pageDepth;
    const siblingPage = pages.add();
    this.#pageDepths[page] = pageDepth + 1;
    this.#pageDepths.push(pageDepth + 1);
    const sharedPrefix = pages.wordAt(page, 0) & (bit - 1);
    for (let at = sharedPrefix + bit; at < this.#directory.length; at += 2 * bit) {
      this.#directory[at] = siblingPage;
    }
    for (let slot = pages.used(page) - 1; slot >= 0; slot -= 1) {
      if ((pages.wordAt(page, slot) & bit) !== 0) {
        pages.move(page, slot, siblingPage);
      }
    }
  }
}
