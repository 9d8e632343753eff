import { expect, test } from 'vitest';
import { WireReader } from '../../../../src/stores/kafka/wire/wire-reader.ts';
import { appendHeader, readHeaders, readWireRecord } from '../../../../src/stores/kafka/wire/wire-record.ts';
import { WireWriter } from '../../../../src/stores/kafka/wire/wire-writer.ts';
import { encodeRecordBody } from '../../../../src/stores/kafka/wire/write-record-batch.ts';

const base = { offset: 100, timestampMs: 5_000 };

/** A record as stored in a batch, with an offset delta of 2 and a timestamp delta of 3 ms. */
function toWire(body: Buffer, length = body.length + 3): Buffer {
  const writer = new WireWriter(64);
  writer.varint(length);
  writer.int8(0);
  writer.varint(3);
  writer.varint(2);
  writer.raw(body);
  return writer.written();
}

function toBody(headers: readonly (readonly [name: string, value: string | null])[]): Buffer {
  const writer = new WireWriter(64);
  writer.varintBytes(null);
  writer.varintBytes(null);
  writer.varint(headers.length);
  for (const [name, value] of headers) {
    writer.varintString(name);
    writer.varintBytes(value === null ? null : Buffer.from(value));
  }
  return writer.written();
}

function read(data: Buffer, more: object = {}) {
  const reader = new WireReader(data);
  return { record: readWireRecord(data, reader, { ...base, ...more }), reader };
}

const headerOf = (body: Buffer, name: string) => read(toWire(body)).record.header(name);

test('offset and time count from those of the batch, unless the topic keeps the time of the append', () => {
  const data = toWire(encodeRecordBody({ key: 'k', value: Buffer.from('v'), headers: {} }));
  expect(read(data).record).toMatchObject({ offset: 102, timestampMs: 5_003 });
  expect(read(data, { appendTimeMs: 9_000 }).record.timestampMs).toBe(9_000);
});

test('the next record is read behind the one before, whatever stands at the end of that', () => {
  const body = Buffer.concat([toBody([['a', '1']]), Buffer.from('of a later format')]);
  const data = Buffer.concat([toWire(body), toWire(toBody([['a', '2']]))]);
  const { record, reader } = read(data);
  expect(record.body).toEqual(body);
  expect(readWireRecord(data, reader, base).header('a')).toBe('2');
  expect(reader.position).toBe(data.length);
});

test.each([-1, 1_000])('a record of %i bytes is no record of its batch', (length) => {
  expect(() => read(toWire(toBody([]), length))).toThrow(RangeError);
});

test('a header is found by its whole name, and one without a value is none', () => {
  const body = toBody([
    ['revision', '7'],
    ['revisio', 'short'],
    ['revision2', 'long'],
    ['rivision', 'other'],
    ['revision', null],
    ['none', null],
    ['empty', ''],
  ]);
  expect(['revision', 'none', 'empty', 'never'].map((name) => headerOf(body, name))).toEqual([
    '7',
    undefined,
    '',
    undefined,
  ]);
});

test('headers that end too early are refused', () => {
  const body = toBody([
    ['a', '1'],
    ['b', '2'],
  ]);
  expect(() => headerOf(body.subarray(0, -3), 'b')).toThrow(RangeError);
});

test.each([0, 1, 63, 64])('a header can be added to %i others', (count) => {
  const others = Array.from({ length: count }, (_, index) => [`h${index}`, `${index}`] as const);
  const body = appendHeader(toBody(others), 'added', 'ü');
  expect(body).toEqual(toBody([...others, ['added', 'ü']]));
});

test('all headers are read as text: of a name that comes twice the last value, and none of one without a value', () => {
  const body = toBody([
    ['one', '1'],
    ['two', 'of the first'],
    ['none', null],
    ['two', 'é'],
    ['empty', ''],
  ]);
  expect(readHeaders(body)).toEqual({ one: '1', two: 'é', empty: '' });
  expect(readHeaders(toBody([]))).toEqual({});
});
