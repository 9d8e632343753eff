import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { EntityPages, type Fingerprint, slotsPerPage, toFingerprint } from '../../src/filter/entity-pages.ts';

const toPrint = (n: number): Fingerprint => [n, 2 ** 32 - 1 - n, n * 3, 0];

function fill(count: number) {
  const pages = new EntityPages();
  const page = pages.add();
  for (let n = 0; n < count; n += 1) {
    pages.append(page, toPrint(n), BigInt(n), n * 10);
  }
  return { pages, page };
}

test('keeps what was appended', () => {
  const { pages, page } = fill(slotsPerPage);
  expect(pages.used(page)).toBe(slotsPerPage);
  for (let n = 0; n < slotsPerPage; n += 1) {
    const slot = pages.find(page, toPrint(n));
    expect([pages.revisionAt(page, slot), pages.secondsAt(page, slot), pages.wordAt(page, slot)]).toEqual([
      BigInt(n),
      n * 10,
      n,
    ]);
  }
  expect(pages.find(page, toPrint(slotsPerPage))).toBe(-1);
});

test('tells fingerprints apart that differ in one word', () => {
  const { pages, page } = fill(3);
  for (const word of [0, 1, 2, 3]) {
    const print = toPrint(1).map((each, index) => (index === word ? each ^ 4 : each) >>> 0);
    expect(pages.find(page, print as unknown as Fingerprint)).toBe(-1);
  }
});

test('updates an entry and leaves its neighbours alone', () => {
  const { pages, page } = fill(3);
  pages.update(page, 1, 2n ** 64n - 1n, 99);
  expect([0, 1, 2].map((slot) => pages.revisionAt(page, slot))).toEqual([0n, 2n ** 64n - 1n, 2n]);
  expect([0, 1, 2].map((slot) => pages.secondsAt(page, slot))).toEqual([0, 99, 20]);
});

test('fills the place of a removed entry with the last one', () => {
  const { pages, page } = fill(3);
  pages.remove(page, 0);
  expect(pages.used(page)).toBe(2);
  expect([0, 1, 2].map((n) => pages.find(page, toPrint(n)))).toEqual([-1, 1, 0]);
  pages.remove(page, 1);
  expect([0, 1, 2].map((n) => pages.find(page, toPrint(n)))).toEqual([-1, -1, 0]);
});

test('has room for one page at first, and keeps what it holds while its memory grows', () => {
  const { pages } = fill(1);
  expect(pages.bytes).toBe(slotsPerPage * 28);
  for (let n = 1; n < 3_000; n += 1) {
    pages.append(pages.add(), toPrint(n), BigInt(n), n * 10);
  }
  for (let n = 0; n < 3_000; n += 1) {
    expect([pages.revisionAt(n, 0), pages.secondsAt(n, 0), pages.wordAt(n, 0)]).toEqual([
      BigInt(n),
      n * 10,
      n,
    ]);
  }
  // At most one chunk of memory is allocated but unused.
  expect(pages.bytes).toBeLessThanOrEqual((3_000 + 512) * slotsPerPage * 28);
});

test('moves an entry to another page, also of another chunk', () => {
  const { pages, page } = fill(2);
  let other = page;
  while (other < 1_000) {
    other = pages.add();
  }
  pages.move(page, 0, other);
  expect([pages.used(page), pages.used(other)]).toEqual([1, 1]);
  expect(pages.find(page, toPrint(0))).toBe(-1);
  expect(pages.revisionAt(other, pages.find(other, toPrint(0)))).toBe(0n);
});

test.each(['', 'm-1', 'é'.repeat(500)])(
  'the fingerprint of %j is the first 128 bits of its SHA-256',
  (text) => {
    const bytes = Buffer.alloc(16);
    for (const [index, word] of toFingerprint(Buffer.from(text)).entries()) {
      bytes.writeUInt32LE(word, index * 4);
    }
    expect(bytes).toEqual(createHash('sha256').update(text).digest().subarray(0, 16));
  },
);
