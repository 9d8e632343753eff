import crc32c from 'crc-32/crc32c.js';
import type { Compressor } from './compression.ts';
import { HeaderWriter, writeHeaders } from './header-writer.ts';
import { varintSize, WireWriter } from './wire-writer.ts';

interface EncodableRecord {
  readonly key: string | Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: undefined;
}

/** Key, value and headers, already encoded as in a record. */
interface RecordBody {
  readonly body: Buffer;
}

/** A record to write. A record without a timestamp is assigned the `now` of the batch. */
export type BatchRecord = (EncodableRecord | RecordBody) & { readonly timestampMs?: number };

/** Producer ID and epoch that the transaction coordinator assigned. */
export interface ProducerIdentity {
  /** Producer ID up to 2^63, because some brokers assign random IDs. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

export interface BatchOptions {
  /** Timestamp in epoch milliseconds for records that have no timestamp. */
  readonly now: number;
  /**
   * The producer, if the batch is part of a transaction, and the number of records that the producer has already
   * written to the partition.
   */
  readonly producer?: (ProducerIdentity & { readonly firstSequence: number }) | undefined;
  /** Compresses the records. The records stay uncompressed if compression does not make them smaller. */
  readonly compressor?: Compressor | undefined;
}

const recordBatchVersion = 2;
const transactionalBit = 0x10;

/** Appends one record batch. @see https://kafka.apache.org/documentation/#recordbatch */
export function writeRecordBatch(
  writer: WireWriter,
  records: readonly BatchRecord[],
  { now, producer, compressor }: BatchOptions,
): void {
  const firstTimestampMs = records[0]?.timestampMs ?? now;
  writer.int64(0); // Base offset, which the broker sets.
  const lengthPosition = writer.offset;
  writer.int32(0); // Placeholder for the length of the following bytes, which is written below.
  writer.int32(0); // Leader epoch, which the broker sets.
  writer.int8(recordBatchVersion);
  const checksumPosition = writer.offset;
  writer.int32(0); // Placeholder for the checksum of the following bytes, which is written below.
  const attributes = producer === undefined ? 0 : transactionalBit;
  const attributesPosition = writer.offset;
  writer.int16(attributes);
  writer.int32(records.length - 1); // last offset delta
  writer.int64(firstTimestampMs);
  writer.int64(findLastTimestamp(records, now));
  writer.bigInt64(producer?.producerId ?? -1n);
  writer.int16(producer?.producerEpoch ?? 0);
  writer.int32(producer?.firstSequence ?? 0);
  writer.int32(records.length);
  const recordsPosition = writer.offset;
  const headerWriter = new HeaderWriter();
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index] as BatchRecord;
    writeRecord(writer, record, index, (record.timestampMs ?? now) - firstTimestampMs, headerWriter);
  }
  if (compressor !== undefined && compressInPlace(writer, recordsPosition, compressor)) {
    writer.bytes.writeInt16BE(attributes | compressor.codec, attributesPosition);
  }
  const { bytes, offset } = writer;
  bytes.writeInt32BE(offset - lengthPosition - 4, lengthPosition);
  bytes.writeInt32BE(crc32c.buf(bytes.subarray(checksumPosition + 4, offset)), checksumPosition);
}

export function encodeRecordBody(parts: EncodableRecord): Buffer {
  const writer = new WireWriter(256 + (parts.value?.length ?? 0));
  writeRecordBody(writer, parts);
  return writer.written();
}

/**
 * Compresses the bytes from a position to the end in place.
 *
 * @returns false if the result would not be smaller, in which case the bytes are unchanged
 */
function compressInPlace(writer: WireWriter, from: number, { compress }: Compressor): boolean {
  const uncompressedBytes = writer.bytes.subarray(from, writer.offset);
  const compressedBytes = compress(uncompressedBytes);
  const isCompressionUseful = compressedBytes.length < uncompressedBytes.length;
  if (isCompressionUseful) {
    writer.offset = from;
    writer.raw(compressedBytes);
  }
  return isCompressionUseful;
}

function findLastTimestamp(records: readonly BatchRecord[], now: number): number {
  let lastTimestampMs = records[0]?.timestampMs ?? now;
  for (const { timestampMs = now } of records) {
    lastTimestampMs = Math.max(lastTimestampMs, timestampMs);
  }
  return lastTimestampMs;
}

function writeRecord(
  writer: WireWriter,
  record: BatchRecord,
  offsetDelta: number,
  timestampDelta: number,
  headerWriter: HeaderWriter,
): void {
  // The length precedes the record but is known only after writing it, so space for the estimated length is reserved.
  const lengthPosition = writer.offset;
  const reservedBytes = varintSize(
    record.body === undefined ? (record.value?.length ?? 0) + 256 : record.body.length + 8,
  );
  writer.ensure(reservedBytes);
  writer.offset += reservedBytes;
  writer.int8(0); // attributes
  writer.varint(timestampDelta);
  writer.varint(offsetDelta);
  if (record.body === undefined) {
    writeRecordBody(writer, record, headerWriter);
  } else {
    writer.raw(record.body);
  }
  const length = writer.offset - lengthPosition - reservedBytes;
  if (writeVarintAt(writer, { value: length, at: lengthPosition, reserved: reservedBytes })) {
    headerWriter.forget();
  }
}

function writeRecordBody(
  writer: WireWriter,
  { key, value, headers }: EncodableRecord,
  headerWriter?: HeaderWriter,
): void {
  if (typeof key === 'string') {
    writer.varintString(key);
  } else {
    writer.varintBytes(key);
  }
  writer.varintBytes(value);
  const countPosition = writer.offset;
  writer.int8(0); // Placeholder for the number of headers, which is written below.
  const count = headerWriter?.write(writer, headers) ?? writeHeaders(writer, headers);
  if (writeVarintAt(writer, { value: count, at: countPosition, reserved: 1 })) {
    headerWriter?.forget();
  }
}

/**
 * Writes a varint into its reserved space.
 *
 * @returns true if the varint did not match the size of the space, so that the following bytes were moved
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
