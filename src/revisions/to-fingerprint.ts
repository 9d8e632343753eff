import { hash } from 'node:crypto';

/** Four unsigned 32-bit words of a key's SHA-256. */
export type Fingerprint = readonly [number, number, number, number];

export function toFingerprint(key: Buffer): Fingerprint {
  const digest = hash('sha256', key, 'buffer');
  return [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)];
}
