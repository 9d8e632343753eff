import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Compressor, compressors, decompress } from '../../../../src/stores/kafka/wire/compression.ts';
import { WireWriter } from '../../../../src/stores/kafka/wire/wire-writer.ts';
import { writeRecordBatch } from '../../../../src/stores/kafka/wire/write-record-batch.ts';
import { readRecordBatches } from '../../../support/kafka/read-record-batches.ts';

const each = Object.entries(compressors) as [string, Compressor][];
/** Position of the attributes in a batch. */
const attributesAt = 21;

const record = (value: Buffer, index = 0) => ({ key: `k${index}`, value, headers: { ce_id: `${index}` } });

function writeBatch(values: readonly Buffer[], compressor?: Compressor): Buffer {
  const writer = new WireWriter(64);
  const producer = { producerId: 7n, producerEpoch: 0, firstSequence: 0 };
  writeRecordBatch(writer, values.map(record), { now: 1_000, producer, compressor });
  return writer.written();
}

describe.each(each)('%s', (_name, compressor) => {
  test.each([65_535, 65_536, 65_537, 5_000_000])('comes back when it is %i random bytes', (size) => {
    const plain = randomBytes(size);
    const back = decompress(Buffer.from(compressor.compress(plain)), compressor.codec);
    expect(back?.equals(plain)).toBe(true);
  });

  test('a batch names it, is smaller, and is read as it was written', () => {
    const values = Array.from({ length: 300 }, (_, index) =>
      Buffer.from(`{"eventId":"${index}","text":"ü"}`),
    );
    const plain = writeBatch(values);
    const batch = writeBatch(values, compressor);
    expect(batch.readInt16BE(attributesAt)).toBe(plain.readInt16BE(attributesAt) + compressor.codec);
    expect(batch.length).toBeLessThan(plain.length / 2);
    expect(batch.readInt32BE(8)).toBe(batch.length - 12);
    const { records, nextOffset } = readRecordBatches(batch, 0, []);
    expect(nextOffset).toBe(300);
    expect(records.map(({ value }) => String(value))).toEqual(values.map(String));
    expect(records[299]?.header('ce_id')).toBe('299');
  });

  test('what it would not make smaller stays as it is', () => {
    for (const values of [[Buffer.from('{}')], [randomBytes(100_000)]]) {
      const plain = writeBatch(values);
      const batch = writeBatch(values, compressor);
      expect(batch.equals(plain)).toBe(true);
    }
  });
});
