import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogRecord } from '../../../../src/filter/log-record.ts';
import {
  type AbortedTransaction,
  type ReadLimits,
  RecordSetReader,
} from '../../../../src/stores/kafka/wire/read-record-batches.ts';
import { codecNames, toBlankRecords, toCompressedBatch } from '../../../support/kafka/compressed-batch.ts';
import { readRecordBatches } from '../../../support/kafka/read-record-batches.ts';
import { sealBatch } from '../../../support/kafka/seal-batch.ts';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

interface Part {
  readonly records: readonly LogRecord[];
  readonly heldBytes: number;
  readonly nextOffset: number;
}

/** As a reader does it: whole batches, and parts of those that are too large. */
async function readParts(
  set: Buffer,
  limits: ReadLimits,
  aborted: readonly AbortedTransaction[] = [],
): Promise<Part[]> {
  const reader = new RecordSetReader(set, 0, aborted);
  const parts: Part[] = [];
  while (!reader.isDone) {
    const part = await reader.readPart(limits);
    expect(part.nextOffset).toBeGreaterThan(parts.at(-1)?.nextOffset ?? 0);
    expect(part.nextOffset).toBe(reader.nextOffset);
    parts.push(part);
  }
  return parts;
}

const offsetsOf = (parts: readonly Part[]) =>
  parts.flatMap(({ records }) => records).map(({ offset }) => offset);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
const mostHeld = (parts: readonly Part[]) => Math.max(...parts.map(({ heldBytes }) => heldBytes));

describe.each(codecNames.slice(1))('%s', (codec) => {
  test('40 MiB of blanks in one batch are read part by part, each record once', async () => {
    const batch = toCompressedBatch(toBlankRecords(4_000, 10 * kibibyte), { codec });
    const parts = await readParts(batch, { maxBytes: 4 * mebibyte });
    expect(parts.length).toBeGreaterThanOrEqual(10);
    expect(mostHeld(parts)).toBeLessThan(5 * mebibyte);
    expect(offsetsOf(parts)).toEqual(upTo(4_000));
    expect(
      parts.flatMap(({ records }) => records).every(({ value }) => value?.length === 10 * kibibyte),
    ).toBe(true);
  });

  test('a record that is too long stands there with its batch as its value, and those around it are read', async () => {
    const [small] = toBlankRecords(1, 100);
    const [large] = toBlankRecords(1, 12 * mebibyte);
    const batch = toCompressedBatch(
      [small, large, small].filter((each) => each !== undefined),
      { codec },
    );
    const records = (await readParts(batch, { maxBytes: mebibyte, maxRecordBytes: 2 * mebibyte })).flatMap(
      (part) => part.records,
    );
    expect(records.map(({ offset, unreadable }) => [offset, unreadable?.message])).toEqual([
      [0, undefined],
      [
        1,
        expect.stringMatching(
          /^The record at offset 1 has 1258\d{4} bytes, decompressed, more than 2097152$/,
        ),
      ],
      [2, undefined],
    ]);
    expect(records[1]?.value).toEqual(batch);
  });

  test('what cannot be read in the middle is one record that stands for the rest, and the next batch is read', async () => {
    const batch = toCompressedBatch(toBlankRecords(400, 10 * kibibyte), { codec });
    // One record more than there are.
    batch.writeInt32BE(401, 57);
    batch.writeInt32BE(400, 23);
    const set = Buffer.concat([
      sealBatch(batch),
      toCompressedBatch(toBlankRecords(2, 10), { codec: 'none', baseOffset: 401 }),
    ]);
    const records = (await readParts(set, { maxBytes: mebibyte })).flatMap((part) => part.records);
    expect(records.map(({ offset }) => offset)).toEqual(upTo(403));
    expect(records.flatMap(({ offset, unreadable }) => (unreadable === undefined ? [] : [offset]))).toEqual([
      400,
    ]);
  });

  test('whatever batches there are, the parts together are what reading all at once gives', async () => {
    const record = fc.record({
      key: fc.constant(Buffer.from('key')),
      value: fc.integer({ min: 0, max: 3_000 }).map((size) => Buffer.alloc(size, 'ab c')),
      headers: fc.constant({ revision: '1' }),
    });
    const batches = fc.array(fc.array(record, { minLength: 1, maxLength: 60 }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 1_000, max: 40_000 }), async (written, maxBytes) => {
        let baseOffset = 0;
        const sets = written.map((records) => {
          const batch = toCompressedBatch(records, { codec, baseOffset });
          baseOffset += records.length;
          return batch;
        });
        const set = Buffer.concat(sets);
        const parts = await readParts(set, { maxBytes });
        const whole = readRecordBatches(set, 0, []).records;
        const toFacts = ({ offset, timestampMs, body }: LogRecord) => [
          offset,
          timestampMs,
          body.toString('hex'),
        ];
        expect(parts.flatMap(({ records }) => records).map(toFacts)).toEqual(whole.map(toFacts));
      }),
      { numRuns: 50 },
    );
  });
});

test('30 batches of 40 MiB of blanks, which are 120 kB together, are read in parts of a few MiB', async () => {
  const first = toCompressedBatch(toBlankRecords(40, mebibyte), { codec: 'zstd' });
  const set = Buffer.concat(
    upTo(30).map((index) => {
      const batch = Buffer.from(first);
      batch.writeBigInt64BE(BigInt(40 * index), 0);
      return batch;
    }),
  );
  expect(set.length).toBeLessThan(200_000);
  const parts = await readParts(set, { maxBytes: 16 * mebibyte });
  expect(mostHeld(parts)).toBeLessThan(18 * mebibyte);
  expect(offsetsOf(parts)).toEqual(upTo(1_200));
});

test('a batch of more than 128 MiB is read up to there; one record stands for the rest', async () => {
  const batch = toCompressedBatch(toBlankRecords(14, 10 * mebibyte), { codec: 'zstd' });
  const records = (await readParts(batch, { maxBytes: 32 * mebibyte })).flatMap((part) => part.records);
  expect(records.map(({ offset }) => offset)).toEqual(upTo(13));
  expect(records.at(-1)?.unreadable?.message).toBe('The decompressed bytes are more than 134217728');
});

test('records that are nothing but their offset are no more at once than the bytes could be real ones', async () => {
  const batch = toCompressedBatch(toBlankRecords(100_000, 0), { codec: 'none' });
  const parts = await readParts(batch, { maxBytes: mebibyte });
  expect(Math.max(...parts.map(({ records }) => records.length))).toBeLessThanOrEqual(mebibyte / 100 + 1);
  expect(offsetsOf(parts)).toEqual(upTo(100_000));
});

test.each([
  ['do not go up', 3, 1],
  ['begin before the batch', 0, -1],
])('offsets that %s end the batch: they could be read for ever', async (_what, index, offset) => {
  const batch = toCompressedBatch(toBlankRecords(20_000, 0), { codec: 'none', baseOffset: 50 });
  // The offset of a record, a byte behind its length, attributes and time; as zigzag has it.
  batch.writeInt8(offset < 0 ? -2 * offset - 1 : 2 * offset, 61 + index * 7 + 3);
  const records = (await readParts(sealBatch(batch), { maxBytes: mebibyte })).flatMap((part) => part.records);
  expect(records.map(({ unreadable }) => unreadable?.message)).toEqual([
    ...upTo(index).map(() => undefined),
    'The offsets of a batch do not go up, or lead out of it',
  ]);
});

test('a record of just the most bytes that may be read is read', async () => {
  const records = toBlankRecords(20, 200 * kibibyte);
  const batch = toCompressedBatch(records, { codec: 'zstd' });
  const readWith = async (maxRecordBytes: number) => {
    const parts = await readParts(batch, { maxBytes: mebibyte, maxRecordBytes });
    return parts.flatMap((part) => part.records);
  };
  const bodyBytes = Math.max(...(await readWith(mebibyte)).map(({ body }) => body.length));
  const unreadable = async (maxRecordBytes: number) =>
    (await readWith(maxRecordBytes)).filter((record) => record.unreadable !== undefined).length;
  expect([await unreadable(bodyBytes), await unreadable(bodyBytes - 1)]).toEqual([0, records.length]);
});

test('what was aborted is left out in every part, and what its producer wrote later is not', async () => {
  const producer = { producerId: 7n, producerEpoch: 0 };
  const marker = toCompressedBatch(
    [{ key: Buffer.from([0, 0, 0, 0]), value: Buffer.alloc(6), headers: {} }],
    {
      codec: 'none',
      baseOffset: 1_000,
      producer,
    },
  );
  marker.writeInt16BE(0x30, 21);
  const set = Buffer.concat([
    toCompressedBatch(toBlankRecords(1_000, 10 * kibibyte), { codec: 'zstd', producer }),
    sealBatch(marker),
    toCompressedBatch(toBlankRecords(300, 10 * kibibyte), { codec: 'zstd', baseOffset: 1_001, producer }),
    toCompressedBatch(toBlankRecords(300, 10 * kibibyte), { codec: 'zstd', baseOffset: 1_301, producer }),
  ]);
  const parts = await readParts(set, { maxBytes: mebibyte }, [{ producerId: 7n, firstOffset: 0 }]);
  expect(offsetsOf(parts)).toEqual(upTo(600).map((index) => 1_001 + index));
});
