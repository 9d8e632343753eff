import { gzipSync, zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { compress as compressLz4 } from 'lz4js';
import { compress as compressSnappy } from 'snappyjs';
import { expect, test } from 'vitest';
import { decompress } from '../../../src/kafka/wire/decompress.ts';

/** As snappy-java frames it. */
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
    fc.uint8Array({ minLength: 1, maxLength: 5000 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ minLength: 1, maxLength: 20 }).map((text) => Buffer.from(text.repeat(400))),
  );
  fc.assert(
    fc.property(data, (plain) => {
      expect(decompress(Buffer.from(compress(plain)), codec).equals(plain)).toBe(true);
    }),
  );
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
