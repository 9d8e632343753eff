import crc32c from 'kafkajs/src/protocol/recordBatch/crc32C/index.js';
import { expect, test } from 'vitest';
import { compressors } from '../../../../src/stores/kafka/wire/compression.ts';
import { WireWriter } from '../../../../src/stores/kafka/wire/wire-writer.ts';
import {
  type BatchOptions,
  type BatchRecord,
  encodeRecordBody,
  writeRecordBatch,
} from '../../../../src/stores/kafka/wire/write-record-batch.ts';
import { readRecordBatches } from '../../../support/kafka/read-record-batches.ts';

/** Positions of the fields in a batch. */
const at = { length: 8, crc: 17, attributes: 21, maxTimestamp: 35, records: 61 };
const now = 1_795_544_810_287;
const producer = { producerId: 4711n, producerEpoch: 3, firstSequence: 0 };

const toRecord = (value: string, timestampMs?: number): BatchRecord => ({
  key: 'k',
  value: Buffer.from(value),
  headers: {},
  ...(timestampMs !== undefined && { timestampMs }),
});

function write(records: readonly BatchRecord[], options: Partial<BatchOptions> = {}, before = 0): Buffer {
  const writer = new WireWriter(before);
  writer.raw(Buffer.alloc(before));
  writeRecordBatch(writer, records, { now, ...options });
  return writer.written().subarray(before);
}

const valuesOf = (batch: Buffer) =>
  readRecordBatches(batch, 0, []).records.map(({ value }) => value?.toString());

test('a record has its own time or that of the batch, and the batch names the latest', () => {
  const batch = write([
    toRecord('own', 5_000),
    toRecord('of the batch'),
    toRecord('before the first', 4_000),
  ]);
  const times = readRecordBatches(batch, 0, []).records.map(({ timestampMs }) => timestampMs);
  expect(times).toEqual([5_000, now, 4_000]);
  expect(Number(batch.readBigInt64BE(at.maxTimestamp))).toBe(now);
});

test.each([0, 7, 300])('length and checksum are of the batch alone, behind %i other bytes', (before) => {
  const batch = write([toRecord('v')], {}, before);
  expect(batch.readInt32BE(at.length)).toBe(batch.length - at.length - 4);
  expect(batch.readUInt32BE(at.crc)).toBe(crc32c(batch.subarray(at.attributes)));
  expect(valuesOf(batch)).toEqual(['v']);
});

test('a compressed batch of a transaction is marked as both, and has a checksum of what is sent', () => {
  const values = ['a'.repeat(500), 'b'.repeat(500)];
  const records = values.map((value) => toRecord(value));
  const batch = write(records, { producer, compressor: compressors.gzip });
  expect(batch.readInt16BE(at.attributes)).toBe(0x10 | compressors.gzip.codec);
  expect(batch.length).toBeLessThan(500);
  expect(batch.readInt32BE(at.length)).toBe(batch.length - at.length - 4);
  expect(batch.readUInt32BE(at.crc)).toBe(crc32c(batch.subarray(at.attributes)));
  expect(valuesOf(batch)).toEqual(values);
});

test.each([0, 1])('records that compression makes %i bytes longer stay as they are', (more) => {
  const compress = (data: Buffer) => Buffer.alloc(data.length + more, 0xff);
  const batch = write([toRecord('v')], { compressor: { codec: 4, compress } });
  expect(batch).toEqual(write([toRecord('v')]));
});

test('a record from its parts and from its encoded body is the same', () => {
  // One of the two writers reserves too much space for the record's length, and the other reserves too little.
  const parts = { key: null, value: null, headers: { long: 'x'.repeat(20_000), short: '' } };
  const batch = write([parts]);
  expect(write([{ body: encodeRecordBody(parts) }])).toEqual(batch);
  expect(readRecordBatches(batch, 0, []).records[0]).toMatchObject({ key: null, value: null });
});
