import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRecordBatches } from '../../../src/kafka/wire/read-record-batches.ts';
import { appendHeader } from '../../../src/kafka/wire/wire-record.ts';
import { WireWriter } from '../../../src/kafka/wire/wire-writer.ts';
import {
  type BatchRecord,
  encodeRecordBody,
  writeRecordBatch,
} from '../../../src/kafka/wire/write-record-batch.ts';

const producer = { producerId: '4711', producerEpoch: 3 };
const transactionalBit = 0x10;

function encodeBatch(
  records: readonly BatchRecord[],
  identity: typeof producer,
  firstSequence: number,
): Buffer {
  const writer = new WireWriter(64);
  writeRecordBatch(writer, records, { now: 0, producer: { ...identity, firstSequence } });
  return writer.written();
}

function toBatch(values: readonly string[], baseOffset: number, producerId = '4711'): Buffer {
  const records = values.map((value, index) => ({
    timestampMs: 1_000 + index,
    body: encodeRecordBody({
      key: Buffer.from('k'),
      value: Buffer.from(value),
      headers: { revision: value },
    }),
  }));
  return placeAt(encodeBatch(records, { ...producer, producerId }, 0), baseOffset);
}

function placeAt(batch: Buffer, baseOffset: number): Buffer {
  batch.writeBigInt64BE(BigInt(baseOffset), 0);
  return batch;
}

/** End of a transaction: type 0 is abort, 1 is commit. */
function toMarker(type: number, baseOffset: number): Buffer {
  const key = Buffer.from([0, 0, 0, type]);
  const body = encodeRecordBody({ key, value: Buffer.alloc(6), headers: {} });
  const batch = encodeBatch([{ timestampMs: 0, body }], producer, -1);
  batch.writeInt16BE(transactionalBit | 0x20, 21);
  return placeAt(batch, baseOffset);
}

const valuesOf = (set: Buffer, from = 0, aborted: Parameters<typeof readRecordBatches>[2] = []) => {
  const { records, nextOffset } = readRecordBatches(set, from, aborted);
  return { values: records.map(({ value }) => value?.toString()), nextOffset };
};

test('a batch comes back record by record', () => {
  const bytes = fc.option(
    fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
    { nil: null },
  );
  const headers = fc.dictionary(fc.stringMatching(/^[a-z_-]{1,12}$/), fc.string());
  const record = fc.record({
    timestampMs: fc.integer({ min: 0, max: 2 ** 45 }),
    key: bytes,
    value: bytes,
    headers,
  });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), fc.nat(), (written, baseOffset) => {
      const encoded = written.map((each) => ({
        timestampMs: each.timestampMs,
        body: encodeRecordBody(each),
      }));
      const set = placeAt(encodeBatch(encoded, producer, 7), baseOffset);
      const { records, nextOffset } = readRecordBatches(set, baseOffset, []);
      expect(nextOffset).toBe(baseOffset + written.length);
      expect(records).toHaveLength(written.length);
      for (const [index, { timestampMs, key, value, headers: expected }] of written.entries()) {
        const read = records[index];
        expect(read).toMatchObject({ offset: baseOffset + index, timestampMs, key, value });
        expect(read?.body).toEqual(encoded[index]?.body);
        for (const [name, text] of Object.entries(expected)) {
          expect(read?.header(name)).toBe(text);
        }
        expect(read?.header('never')).toBeUndefined();
      }
    }),
  );
});

test('reading starts within a batch and stops before one that was cut off', () => {
  const set = Buffer.concat([toBatch(['1', '2', '3'], 10), toBatch(['4', '5'], 13)]);
  expect(valuesOf(set, 11)).toEqual({ values: ['2', '3', '4', '5'], nextOffset: 15 });
  expect(valuesOf(set.subarray(0, set.length - 1), 11)).toEqual({ values: ['2', '3'], nextOffset: 13 });
  expect(valuesOf(set.subarray(0, 70), 11)).toEqual({ values: [], nextOffset: 11 });
});

test('what was aborted is left out, by producer and up to its marker', () => {
  const set = Buffer.concat([
    toBatch(['committed'], 0),
    toMarker(1, 1),
    toBatch(['aborted'], 2),
    toBatch(['of another'], 3, '99'),
    toBatch(['aborted as well'], 4),
    toMarker(0, 5),
    toBatch(['later'], 6),
  ]);
  expect(valuesOf(set, 0, [{ producerId: 4711, firstOffset: 2 }])).toEqual({
    values: ['committed', 'of another', 'later'],
    nextOffset: 7,
  });
});

test('of equal headers the last one counts, and one more can be added', () => {
  const body = encodeRecordBody({
    key: null,
    value: Buffer.from('v'),
    headers: { revision: '1', other: 'ü' },
  });
  const longer = appendHeader(body, 'revision', '2');
  const set = encodeBatch([{ timestampMs: 0, body: longer }], producer, 0);
  const [record] = readRecordBatches(set, 0, []).records;
  expect([
    record?.key,
    record?.value?.toString(),
    record?.header('other'),
    record?.header('revision'),
  ]).toEqual([null, 'v', 'ü', '2']);
});

test('formats that cannot be read are refused by name', () => {
  const lz4 = toBatch(['x'], 0);
  lz4.writeInt16BE(transactionalBit | 3, 21);
  expect(() => readRecordBatches(lz4, 0, [])).toThrow(/lz4/);
  const old = toBatch(['x'], 0);
  old.writeInt8(1, 16);
  expect(() => readRecordBatches(old, 0, [])).toThrow(/format 1/);
});
