import { hash } from 'node:crypto';

/** Four unsigned 32-bit words of a key's SHA-256. */
export type Fingerprint = readonly [number, number, number, number];

/** Takes the digest as text of one byte a character: a Buffer of it would cost more than the hash. */
export function toFingerprint(key: Buffer): Fingerprint {
  const digest = hash('sha256', key, 'binary');
  return [wordAt(digest, 0), wordAt(digest, 4), wordAt(digest, 8), wordAt(digest, 12)];
}

/** Little-endian. */
function wordAt(digest: string, at: number): number {
  return halfAt(digest, at) + halfAt(digest, at + 2) * 0x1_0000;
}

function halfAt(digest: string, at: number): number {
  return digest.charCodeAt(at) + digest.charCodeAt(at + 1) * 0x100;
}
