import { describe, expect, test } from 'vitest';
import { crc32c } from '../../../../src/stores/kafka/wire/crc32c.ts';

/** A bit at a time, as the definition has it. */
function crc32cByBits(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1;
    }
  }
  return ~crc >>> 0;
}

describe('crc32c', () => {
  // RFC 3720, B.4, and the check value of the catalogue of checksums
  test.each([
    ['32 bytes of zeroes', Buffer.alloc(32), 0x8a91_36aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8_ab43],
    ['32 incrementing bytes', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd_794e],
    ['nine digits', Buffer.from('123456789'), 0xe306_9283],
  ])('gives the published checksum of %s', (_, bytes, checksum) => {
    expect(crc32c(bytes, 0, bytes.length)).toBe(checksum);
  });

  test('reads the given range only', () => {
    expect(crc32c(Buffer.from('xx123456789yyy'), 2, 11)).toBe(0xe306_9283);
  });

  test('agrees with the definition for every length and every place in memory', () => {
    const memory = new Uint8Array(160).map((_, index) => (index * 167 + 13) & 0xff);
    for (let place = 0; place < 8; place += 1) {
      const bytes = memory.subarray(place);
      for (let from = 0; from < 20; from += 1) {
        for (let to = from; to < bytes.length; to += 7) {
          expect(crc32c(bytes, from, to)).toBe(crc32cByBits(bytes.subarray(from, to)));
        }
      }
    }
  });
});
