import { randomBytes } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { compress as compressLz4 } from 'lz4js';
import { compress as compressSnappy } from 'snappyjs';
import { expect, test } from 'vitest';
import { decompress } from '../../../../src/stores/kafka/wire/compression.ts';

/** Frames data as snappy-java does. */
function toXerial(data: Buffer, blockBytes: number): Buffer {
  const parts = [Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])];
  for (let at = 0; at < data.length; at += blockBytes) {
    const block = compressSnappy(Buffer.from(data.subarray(at, at + blockBytes)));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

const compressors: readonly [string, number, (data: Buffer) => Uint8Array][] = [
  ['none', 0, (data) => data],
  ['gzip', 1, gzipSync],
  ['snappy without a frame', 2, (data) => compressSnappy(Buffer.from(data))],
  ['snappy in one block', 2, (data) => toXerial(data, 1 << 20)],
  ['snappy in several blocks', 2, (data) => toXerial(data, 1000)],
  ['lz4', 3, compressLz4],
  ['zstd', 4, zstdCompressSync],
];

test.each(compressors)('%s comes back', (_, codec, compress) => {
  const data = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 5000, size: 'max' }).map((bytes) => Buffer.from(bytes)),
    fc.string({ minLength: 1, maxLength: 20 }).map((text) => Buffer.from(text.repeat(400))),
  );
  fc.assert(
    fc.property(data, (plain) => {
      expect(decompress(Buffer.from(compress(plain)), codec).equals(plain)).toBe(true);
    }),
  );
});

test('a block of lz4 finds what it refers to in the blocks before it', () => {
  const first = randomBytes(100_000);
  const size = (length: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(length);
    return bytes;
  };
  // Copies fifty bytes from a thousand bytes earlier, followed by five literal bytes.
  const second = Buffer.from([0x0f, 0xe8, 0x03, 31, 0x50, ...Buffer.from('after')]);
  const head = Buffer.from('04224d18407000', 'hex');
  const frame = [head, size(0x8000_0000 + first.length), first, size(second.length), second, size(0)];
  const plain = Buffer.concat([first, first.subarray(99_000, 99_050), Buffer.from('after')]);
  expect(decompress(Buffer.concat(frame), 3).equals(plain)).toBe(true);
});

// A reader limits its memory by the length of the decompressed data, and several hundred of these buffers can exist at
// once. The buffers must therefore not be much longer than the data.
test.each(compressors)('%s takes hardly more memory than it has bytes', (_, codec, compress) => {
  const lines = Array.from({ length: 8_000 }, (_unused, n) => `{"eventId":"${n * 7919}","revision":${n}}`);
  for (const plain of [Buffer.from(lines.join()), randomBytes(300_000)]) {
    const found = decompress(Buffer.from(compress(plain)), codec);
    expect(found.equals(plain)).toBe(true);
    expect(found.buffer.byteLength).toBeLessThan(plain.length * 1.2);
  }
});

test.each(compressors.slice(1))(
  '%s: what is cut off is an error or shorter, never other bytes',
  (_, codec, compress) => {
    const plain = Buffer.from('{"eventId":"a","revision":1}'.repeat(200));
    const whole = Buffer.from(compress(plain));
    for (let length = 0; length < whole.length; length += 7) {
      let found: Buffer | undefined;
      try {
        found = decompress(whole.subarray(0, length), codec);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
      expect(found === undefined || found.length <= plain.length).toBe(true);
    }
  },
);

test('a codec that Kafka does not have is named', () => {
  expect(() => decompress(Buffer.alloc(3), 5)).toThrow('codec 5');
});

test('an lz4 frame whose blocks have checksums behind them is read to its end', () => {
  const block = (text: string) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(0x8000_0000 + text.length);
    return Buffer.concat([size, Buffer.from(text), Buffer.alloc(4, 0xff)]);
  };
  const head = Buffer.from('04224d18704082', 'hex');
  const frame = Buffer.concat([
    head,
    block('one '),
    block('two '),
    block(''),
    block('three'),
    Buffer.alloc(4),
  ]);
  expect(decompress(frame, 3).toString()).toBe('one two three');
});

test.each([
  ['a block of 2^31 - 1 bytes', '04224d18604082ffffff7f00'],
  ['a block that refers to what was not written', '04224d1860408203000000000100'],
  ['another version', '04224d18204082000000'],
])('an lz4 frame with %s is refused', (_, hex) => {
  expect(() => decompress(Buffer.from(hex, 'hex'), 3)).toThrow('lz4 cannot be decompressed');
});

test('bytes that are no snappy are refused', () => {
  expect(() => decompress(Buffer.alloc(9, 0xff), 2)).toThrow('snappy cannot be decompressed');
});
