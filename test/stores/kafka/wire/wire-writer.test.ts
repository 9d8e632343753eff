import { expect, test } from 'vitest';
import { varintSize, WireWriter } from '../../../../src/stores/kafka/wire/wire-writer.ts';

/** Returns the bytes written by a writer that has no capacity at first. */
function written(write: (writer: WireWriter) => void): string {
  const writer = new WireWriter(0);
  write(writer);
  return writer.written().toString('hex');
}

test.each([
  [0, '00'],
  [-1, '01'],
  [1, '02'],
  [-64, '7f'],
  [64, '8001'],
  [-(2 ** 31), 'ffffffff0f'],
  [2 ** 31, '8080808010'],
  [2 ** 34, '808080808001'],
  [2 ** 52, '8080808080808010'],
])('the number %i inside a record is zigzag: %s', (value, hex) => {
  expect(written((writer) => writer.varint(value))).toBe(hex);
  expect(varintSize(value)).toBe(hex.length / 2);
});

test.each([
  [127, '7f'],
  [128, '8001'],
  [2 ** 32 - 1, 'ffffffff0f'],
  [2 ** 32, '8080808010'],
  [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
])('the unsigned number %i is %s', (value, hex) => {
  expect(written((writer) => writer.unsigned(value))).toBe(hex);
});

test.each([0, -1, 2 ** 32 - 1, 2 ** 32, -(2 ** 32) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
  'the number %i takes eight bytes',
  (value) => {
    const expected = Buffer.alloc(9, 7);
    expected.writeBigInt64BE(BigInt(value));
    const write = (writer: WireWriter) => {
      writer.int64(value);
      writer.int8(7);
    };
    expect(written(write)).toBe(expected.toString('hex'));
  },
);

test.each([
  ['', '00'],
  ['x'.repeat(63), '7e'],
  ['x'.repeat(64), '8001'],
  ['x'.repeat(65), '8201'],
  [`${'x'.repeat(63)}ü`, '8201'],
  [`${'x'.repeat(63)}€`, '8401'],
  ['€'.repeat(64), '8003'],
  ['😀', '08'],
])('the text %s has its length in bytes before it', (text, length) => {
  const hex = length + Buffer.from(text).toString('hex');
  expect(written((writer) => writer.varintString(text))).toBe(hex);
  const after = (writer: WireWriter) => {
    writer.varintString(text);
    writer.int8(7);
  };
  expect(written(after)).toBe(`${hex}07`);
});

test('a text that is too long for its two bytes of length is refused', () => {
  expect(written((writer) => writer.string('x'.repeat(2 ** 15 - 1)))).toHaveLength(2 * (2 + 2 ** 15 - 1));
  expect(() => written((writer) => writer.string('x'.repeat(2 ** 15)))).toThrow(RangeError);
});

test('no bytes and none at all are two things', () => {
  expect(written((writer) => writer.varintBytes(null))).toBe('01');
  expect(written((writer) => writer.varintBytes(Buffer.alloc(0)))).toBe('00');
});

test('what was written stays when the buffer grows', () => {
  const writer = new WireWriter(2);
  writer.int16(0x0102);
  writer.raw(Buffer.alloc(1_000, 3));
  writer.array([4, 5], (item) => writer.int8(item));
  const expected = [Buffer.from([1, 2]), Buffer.alloc(1_000, 3), Buffer.from([0, 0, 0, 2, 4, 5])];
  expect(writer.written()).toEqual(Buffer.concat(expected));
});

test.each<[string, number, (writer: WireWriter) => void]>([
  ['a number of one byte', 1, (writer) => writer.int8(1)],
  ['one of two', 2, (writer) => writer.int16(1)],
  ['one of four', 4, (writer) => writer.int32(1)],
  ['one of eight', 8, (writer) => writer.int64(1)],
  ['one beyond 2^53', 8, (writer) => writer.bigInt64(1n)],
  ['one of variable length', 8, (writer) => writer.unsigned(1)],
  ['a text of three bytes each', 2 + 3 * 5, (writer) => writer.string('€€€€€')],
  ['bytes', 1_000, (writer) => writer.raw(Buffer.alloc(1_000))],
])('%s for which there is just room makes no other buffer', (_what, room, write) => {
  const writer = new WireWriter(room);
  const { bytes } = writer;
  write(writer);
  expect(writer.bytes).toBe(bytes);
});

test('a buffer that grows has twice the room each time', () => {
  const writer = new WireWriter(1);
  const sizes = Array.from({ length: 1_000 }, () => {
    writer.int8(0);
    return writer.bytes.length;
  });
  expect([...new Set(sizes)]).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]);
});
