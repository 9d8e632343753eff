import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WireReader } from '../../../../src/stores/kafka/wire/wire-reader.ts';
import { varintSize, WireWriter } from '../../../../src/stores/kafka/wire/wire-writer.ts';

test('numbers of variable length come back, in the size that was foretold', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), (value) => {
      const writer = new WireWriter(1);
      writer.varint(value);
      expect(writer.offset).toBe(varintSize(value));
      expect(new WireReader(writer.written()).varint()).toBe(value);
    }),
  );
  expect(() => new WireReader(Buffer.from([0x80])).varint()).toThrow(RangeError);
});

test.each([2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -(2 ** 31), -(2 ** 31) - 1])(
  'the number %s at the edge of what operators on bits take comes back',
  (value) => {
    const writer = new WireWriter(1);
    writer.varint(value);
    writer.unsigned(Math.abs(value));
    writer.int64(value);
    const reader = new WireReader(writer.written());
    expect([reader.varint(), reader.unsigned(), reader.int64()]).toEqual([value, Math.abs(value), value]);
  },
);

test('every kind of text and bytes comes back, whatever the writer had room for', () => {
  const texts = fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { maxLength: 5 });
  fc.assert(
    fc.property(texts, fc.option(fc.uint8Array()), (written, bytes) => {
      const data = bytes === null ? null : Buffer.from(bytes);
      const sound = written.map((text) => text.toWellFormed());
      const writer = new WireWriter(1);
      writer.array(sound, (text) => {
        writer.string(text);
        writer.compactString(text);
        writer.varintString(text);
      });
      writer.varintBytes(data);
      const reader = new WireReader(writer.written());
      const read = reader.array(() => [
        reader.string(),
        reader.compactString(),
        reader.varintBytes()?.toString(),
      ]);
      expect(read).toEqual(sound.map((text) => [text, text, text]));
      expect(reader.varintBytes()).toEqual(data);
      expect(reader.position).toBe(writer.offset);
    }),
    { numRuns: 30 },
  );
});

test('what ends too early is refused', () => {
  const cut = Buffer.from([0, 5, 0x61]);
  expect(() => new WireReader(cut).string()).toThrow(RangeError);
  expect(() => new WireReader(cut).int32()).toThrow(RangeError);
  expect(() => new WireReader(Buffer.from([0, 0, 0, 9, 1])).bytes()).toThrow(RangeError);
  expect(() => new WireReader(Buffer.from([8, 1])).varintBytes()).toThrow(RangeError);
  const behind = new WireReader(cut);
  behind.skip(9);
  expect(() => behind.unsigned()).toThrow(RangeError);
});

describe('the extremes of each type', () => {
  test.each([-(2n ** 63n), -1n, 0n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n])('%s comes back', (value) => {
    const writer = new WireWriter(1);
    writer.bigInt64(value);
    expect(new WireReader(writer.written()).bigInt64()).toBe(value);
  });

  test.each([Number.MIN_SAFE_INTEGER, -1, 0, Number.MAX_SAFE_INTEGER])('%s is an exact number', (value) => {
    const writer = new WireWriter(1);
    writer.int64(value);
    expect(new WireReader(writer.written()).int64()).toBe(value);
  });

  test.each([8, 9, 10, 100_000])('a number of variable length of %i bytes is refused', (length) => {
    const bytes = Buffer.alloc(length, 0xff);
    bytes.writeUInt8(0x7f, length - 1);
    expect(() => new WireReader(bytes).unsigned()).toThrow('larger than 2^53');
  });

  test('a length of -1 stands for none', () => {
    const bytes = Buffer.alloc(4, 0xff);
    expect(new WireReader(bytes).string()).toBe('');
    expect(new WireReader(bytes).bytes()).toEqual(Buffer.alloc(0));
    expect(new WireReader(bytes).array(() => 0)).toEqual([]);
  });
});
