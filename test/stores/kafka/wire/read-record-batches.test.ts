import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compressors } from '../../../../src/stores/kafka/wire/compression.ts';
import { appendHeader } from '../../../../src/stores/kafka/wire/wire-record.ts';
import { WireWriter } from '../../../../src/stores/kafka/wire/wire-writer.ts';
import {
  type BatchRecord,
  encodeRecordBody,
  writeRecordBatch,
} from '../../../../src/stores/kafka/wire/write-record-batch.ts';
import { readRecordBatches } from '../../../support/kafka/read-record-batches.ts';
import { sealBatch } from '../../../support/kafka/seal-batch.ts';

const producer = { producerId: 4711n, producerEpoch: 3 };
const transactionalBit = 0x10;
/** Positions of the fields in a batch. */
const at = { length: 8, magic: 16, attributes: 21, lastOffsetDelta: 23, count: 57 };

function encodeBatch(
  records: readonly BatchRecord[],
  identity: typeof producer,
  firstSequence: number,
): Buffer {
  const writer = new WireWriter(64);
  writeRecordBatch(writer, records, { now: 0, producer: { ...identity, firstSequence } });
  return writer.written();
}

function toBatch(values: readonly string[], baseOffset: number, producerId = 4711n): Buffer {
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

/** Marker of a transaction: type 0 is an abort, and 1 is a commit. */
function toMarker(type: number, baseOffset: number): Buffer {
  const key = Buffer.from([0, 0, 0, type]);
  const body = encodeRecordBody({ key, value: Buffer.alloc(6), headers: {} });
  const batch = encodeBatch([{ timestampMs: 0, body }], producer, -1);
  batch.writeInt16BE(transactionalBit | 0x20, 21);
  return placeAt(sealBatch(batch), baseOffset);
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
  expect(valuesOf(set, 12).values).toEqual(['3', '4', '5']);
  expect(valuesOf(set.subarray(0, set.length - 1), 11)).toEqual({ values: ['2', '3'], nextOffset: 13 });
  expect(valuesOf(set.subarray(0, 70), 11)).toEqual({ values: [], nextOffset: 11 });
});

test('what was aborted is skipped, by producer and up to its marker', () => {
  const set = Buffer.concat([
    toBatch(['committed'], 0),
    toMarker(1, 1),
    toBatch(['aborted'], 2),
    toBatch(['of another'], 3, 99n),
    toBatch(['aborted as well'], 4),
    toMarker(0, 5),
    toBatch(['later'], 6),
    toBatch(['of another, aborted'], 7, 99n),
  ]);
  // The order of the aborted transactions does not matter.
  const aborted = [
    { producerId: 99n, firstOffset: 7 },
    { producerId: 4711n, firstOffset: 2 },
  ];
  expect(valuesOf(set, 0, aborted)).toEqual({
    values: ['committed', 'of another', 'later'],
    nextOffset: 8,
  });
});

test('a marker that the log cleaner has emptied ends no transaction', () => {
  const emptied = Buffer.from(toMarker(0, 1).subarray(0, 61));
  emptied.writeInt32BE(61 - 12, 8);
  emptied.writeInt32BE(0, 57);
  const set = Buffer.concat([toBatch(['aborted'], 0), sealBatch(emptied), toBatch(['as well'], 2)]);
  const aborted = [{ producerId: 4711n, firstOffset: 0 }];
  expect(valuesOf(set, 0, aborted)).toEqual({ values: [], nextOffset: 3 });
  expect(valuesOf(emptied, 1)).toEqual({ values: [], nextOffset: 2 });
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
  expect([record?.key, record?.value?.toString()]).toEqual([null, 'v']);
  expect([record?.header('other'), record?.header('revision')]).toEqual(['ü', '2']);
});

test('a batch of no transaction is read with its own times, whatever its producer has aborted', () => {
  const writer = new WireWriter(64);
  const parts = { key: null, value: Buffer.alloc(500), headers: {} };
  const records = [1_000, 2_000].map((timestampMs) => ({ ...parts, timestampMs }));
  writeRecordBatch(writer, records, { now: 0, compressor: compressors.gzip });
  const found = readRecordBatches(writer.written(), 0, [{ producerId: -1n, firstOffset: 0 }]).records;
  expect(found.map(({ timestampMs }) => timestampMs)).toEqual([1_000, 2_000]);
});

test('producer ids are told apart to the last bit', () => {
  const [mine, other] = [2n ** 63n - 1n, 2n ** 63n - 2n];
  const set = Buffer.concat([toBatch(['aborted'], 0, mine), toBatch(['of another'], 1, other)]);
  expect(valuesOf(set, 0, [{ producerId: mine, firstOffset: 0 }]).values).toEqual(['of another']);
});

test('formats of another version of Kafka are refused by name', () => {
  const unknown = toBatch(['x'], 0);
  unknown.writeInt16BE(transactionalBit | 5, at.attributes);
  expect(() => readRecordBatches(sealBatch(unknown), 0, [])).toThrow(/codec 5/);
  const old = toBatch(['x'], 0);
  old.writeInt8(1, at.magic);
  expect(() => readRecordBatches(old, 0, [])).toThrow(/format 1/);
});

test.each([-(2 ** 31), -12, -1, 0, 48])('a batch that gives itself %i bytes is refused', (length) => {
  const batch = toBatch(['x'], 7);
  batch.writeInt32BE(length, at.length);
  expect(() => readRecordBatches(batch, 7, [])).toThrow('shorter than its header');
});

test('no damaged byte goes on: each that the checksum is of makes the batch damaged', () => {
  const batch = toBatch(['x'.repeat(40)], 7);
  for (let place = at.attributes; place < batch.length; place += 1) {
    const damaged = Buffer.from(batch);
    damaged.writeUInt8((damaged.readUInt8(place) + 1) % 256, place);
    expect(() => readRecordBatches(damaged, 7, [])).toThrow('offset 7 is damaged');
  }
});

test('offsets that go back are refused', () => {
  const batch = toBatch(['x'], 7);
  batch.writeInt32BE(-1, at.lastOffsetDelta);
  expect(() => readRecordBatches(sealBatch(batch), 7, [])).toThrow('last offset before its first');
});

describe('a batch whose records cannot be read', () => {
  test.each<[string, (batch: Buffer) => void]>([
    ['says lz4 and is none', (batch) => batch.writeInt16BE(transactionalBit | 3, at.attributes)],
    ['has fewer than it counts', (batch) => batch.writeInt32BE(4, at.count)],
    ['counts two thousand million', (batch) => batch.writeInt32BE(2 ** 31 - 1, at.count)],
    ['has more offsets than it says', (batch) => batch.writeInt32BE(1, at.lastOffsetDelta)],
  ])('is one record of its bytes when it %s, and what follows is read', (_, spoil) => {
    const batch = toBatch(['1', '2', '3'], 10);
    spoil(batch);
    sealBatch(batch);
    const set = Buffer.concat([toBatch(['before'], 9), batch, toBatch(['after'], 13)]);
    const { records, nextOffset } = readRecordBatches(set, 9, []);
    expect(nextOffset).toBe(14);
    expect(records.map(({ offset }) => offset)).toEqual([9, 10, 13]);
    expect(records[1]).toMatchObject({ key: null, value: batch, unreadable: expect.any(Error) });
    expect(records.map(({ unreadable }) => unreadable === undefined)).toEqual([true, false, true]);
  });

  test('is none when it was aborted', () => {
    const batch = toBatch(['1', '2', '3'], 10);
    batch.writeInt32BE(4, at.count);
    expect(valuesOf(sealBatch(batch), 10, [{ producerId: 4711n, firstOffset: 10 }])).toEqual({
      values: [],
      nextOffset: 13,
    });
  });

  test('is one whose key is longer than its record', () => {
    const body = Buffer.from([0x20, 0x61]);
    const records = [body, body].map((each) => ({ timestampMs: 0, body: each }));
    const batch = encodeBatch(records, producer, 0);
    expect(readRecordBatches(batch, 0, []).records).toMatchObject([{ offset: 0, value: batch }]);
  });
});
