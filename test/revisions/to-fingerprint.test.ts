import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { toFingerprint } from '../../src/revisions/to-fingerprint.ts';

test.each(['', 'm-1', 'é'.repeat(500)])('is the first 128 bits of the SHA-256 of %j', (text) => {
  const bytes = Buffer.alloc(16);
  for (const [index, word] of toFingerprint(Buffer.from(text)).entries()) {
    bytes.writeUInt32LE(word, index * 4);
  }
  expect(bytes).toEqual(createHash('sha256').update(text).digest().subarray(0, 16));
});
