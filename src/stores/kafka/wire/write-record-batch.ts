import crc32c from 'crc-32/crc32c.js';
import type { Compressor } from './compression.ts';
import { HeaderWriter, writeHeaders } from './header-writer.ts';
import { varintSize, WireWriter } from './wire-writer.ts';

/** Key, value and headers of a record to be written. */
interface RecordParts {
  readonly key: string | Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: undefined;
}

/** Key, value and headers as they stand within a record. */
interface RecordBody {
  readonly body: Buffer;
}

/** A record without a timestamp gets the time of its batch. */
export type BatchRecord = (RecordParts | RecordBody) & { readonly timestampMs?: number };

/** A transaction's producer, as its coordinator named it. */
export interface ProducerIdentity {
  /** Some brokers give random ones, up to 2^63. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

export interface BatchOptions {
  /** Epoch milliseconds: the time of records without a timestamp. */
  readonly now: number;
  /** The producer of the transaction that the batch is part of, and how many records it wrote to the partition before. */
  readonly producer?: (ProducerIdentity & { readonly firstSequence: number }) | undefined;
  /** Records that it does not make smaller stay as they are. */
  readonly compressor?: Compressor | undefined;
}

const magic = 2;
const transactionalBit = 0x10;

/** Appends one record batch. @see https://kafka.apache.org/documentation/#recordbatch */
export function writeRecordBatch(
  writer: WireWriter,
  records: readonly BatchRecord[],
  { now, producer, compressor }: BatchOptions,
): void {
  const firstTimestampMs = records[0]?.timestampMs ?? now;
  writer.int64(0); // base offset: the broker's to give
  const lengthAt = writer.offset;
  writer.int32(0); // length after this field, see below
  writer.int32(0); // leader epoch: the broker's to give
  writer.int8(magic);
  const crcAt = writer.offset;
  writer.int32(0); // checksum of what follows, see below
  const attributes = producer === undefined ? 0 : transactionalBit;
  const attributesAt = writer.offset;
  writer.int16(attributes);
  writer.int32(records.length - 1); // last offset delta
  writer.int64(firstTimestampMs);
  writer.int64(findLastTimestamp(records, now));
  writer.bigInt64(producer?.producerId ?? -1n);
  writer.int16(producer?.producerEpoch ?? 0);
  writer.int32(producer?.firstSequence ?? 0);
  writer.int32(records.length);
  const recordsAt = writer.offset;
  const headerWriter = new HeaderWriter();
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index] as BatchRecord;
    writeRecord(writer, record, index, (record.timestampMs ?? now) - firstTimestampMs, headerWriter);
  }
  if (compressor !== undefined && compressFrom(writer, recordsAt, compressor)) {
    writer.bytes.writeInt16BE(attributes | compressor.codec, attributesAt);
  }
  const { bytes, offset } = writer;
  bytes.writeInt32BE(offset - lengthAt - 4, lengthAt);
  bytes.writeInt32BE(crc32c.buf(bytes.subarray(crcAt + 4, offset)), crcAt);
}

/** Key, value and headers as they stand within a record. */
export function encodeRecordBody(parts: RecordParts): Buffer {
  const writer = new WireWriter(256 + (parts.value?.length ?? 0));
  writeRecordBody(writer, parts);
  return writer.written();
}

/** @returns false when the bytes do not become fewer, and stay */
function compressFrom(writer: WireWriter, from: number, { compress }: Compressor): boolean {
  const plain = writer.bytes.subarray(from, writer.offset);
  const compressed = compress(plain);
  const isSmaller = compressed.length < plain.length;
  if (isSmaller) {
    writer.offset = from;
    writer.raw(compressed);
  }
  return isSmaller;
}

function findLastTimestamp(records: readonly BatchRecord[], now: number): number {
  let last = records[0]?.timestampMs ?? now;
  for (const { timestampMs = now } of records) {
    last = Math.max(last, timestampMs);
  }
  return last;
}

function writeRecord(
  writer: WireWriter,
  record: BatchRecord,
  offsetDelta: number,
  timestampDelta: number,
  headerWriter: HeaderWriter,
): void {
  // The record's length stands before the record, but is known after it: room for a guess is left.
  const lengthAt = writer.offset;
  const reserved = varintSize(
    record.body === undefined ? (record.value?.length ?? 0) + 256 : record.body.length + 8,
  );
  writer.ensure(reserved);
  writer.offset += reserved;
  writer.int8(0); // attributes
  writer.varint(timestampDelta);
  writer.varint(offsetDelta);
  if (record.body === undefined) {
    writeRecordBody(writer, record, headerWriter);
  } else {
    writer.raw(record.body);
  }
  const length = writer.offset - lengthAt - reserved;
  if (writeVarintAt(writer, { value: length, at: lengthAt, reserved })) {
    headerWriter.forget();
  }
}

function writeRecordBody(
  writer: WireWriter,
  { key, value, headers }: RecordParts,
  headerWriter?: HeaderWriter,
): void {
  if (typeof key === 'string') {
    writer.varintString(key);
  } else {
    writer.varintBytes(key);
  }
  writer.varintBytes(value);
  const countAt = writer.offset;
  writer.int8(0); // number of headers, see below
  const count = headerWriter?.write(writer, headers) ?? writeHeaders(writer, headers);
  if (writeVarintAt(writer, { value: count, at: countAt, reserved: 1 })) {
    headerWriter?.forget();
  }
}

/**
 * Writes a varint into the gap that was left for it.
 *
 * @returns true when the gap has another size, and what follows was moved
 */
function writeVarintAt(
  writer: WireWriter,
  { value, at, reserved }: { readonly value: number; readonly at: number; readonly reserved: number },
): boolean {
  const size = varintSize(value);
  let end = writer.offset;
  if (size !== reserved) {
    writer.ensure(size);
    writer.bytes.copyWithin(at + size, at + reserved, end);
    end += size - reserved;
  }
  writer.offset = at;
  writer.varint(value);
  writer.offset = end;
  return size !== reserved;
}
