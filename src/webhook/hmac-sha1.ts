import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

const blockBytes = 64;
const digestBytes = 20;
/** Maximum length of a body that is copied. For longer bodies, the cost of hashing outweighs the cost of `createHmac`. */
const maxCopiedBytes = 16 * 1024;

/**
 * HMAC-SHA1 with a fixed key, optimized for many small bodies: `SHA1(outer pad ‖ SHA1(inner pad ‖ body))` (RFC 2104).
 *
 * Node creates and destroys a native object for each `createHmac`. For a body of 1 KB, this object costs twice as much
 * as the hashing. `crypto.hash` needs no such object (docs/decisions/023-speed.md).
 */
export class HmacSha1 {
  // Stored as a KeyObject, because with a key of any other type, each call of `createHmac` creates and discards an
  // error.
  readonly #key: KeyObject;
  readonly #inner = Buffer.alloc(blockBytes + maxCopiedBytes);
  readonly #outer = Buffer.alloc(blockBytes + digestBytes);

  /** @param key the key, which is encoded as UTF-8 */
  constructor(key: string) {
    this.#key = createSecretKey(key, 'utf8');
    const bytes = Buffer.from(key);
    const block = Buffer.alloc(blockBytes);
    block.set(bytes.length > blockBytes ? hash('sha1', bytes, 'buffer') : bytes);
    for (const [index, byte] of block.entries()) {
      this.#inner[index] = byte ^ 0x36;
      this.#outer[index] = byte ^ 0x5c;
    }
  }

  /** Writes the 20 bytes of the body's HMAC into `digest`. */
  digestInto(digest: Buffer, body: Buffer): void {
    const { length } = body;
    if (length > maxCopiedBytes) {
      digest.set(createHmac('sha1', this.#key).update(body).digest());
      return;
    }
    this.#inner.set(body, blockBytes);
    const innerDigest = hash('sha1', this.#inner.subarray(0, blockBytes + length), 'binary');
    this.#outer.write(innerDigest, blockBytes, 'latin1');
    digest.write(hash('sha1', this.#outer, 'binary'), 'latin1');
  }
}
