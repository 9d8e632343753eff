import crc32c from 'crc-32/crc32c.js';
import type { LogRecord } from '../../../filter/log-record.ts';
import { isKnownCodec } from './compression.ts';
import { WireReader } from './wire-reader.ts';
import { readWireRecord } from './wire-record.ts';

/** Size in bytes of the header of a record batch. @see https://kafka.apache.org/documentation/#recordbatch */
export const headerBytes = 61;
/** Size in bytes of the base offset and the length field. The length counts the bytes after these two fields. */
const batchLengthFieldsEnd = 12;
/** Position of the first byte that the checksum covers. The checksum covers all bytes up to the end of the batch. */
const checksumStart = 21;
const compressionMask = 0x07;
const appendTimeBit = 0x08;
const transactionalBit = 0x10;
const controlBit = 0x20;
const abortMarkerType = 0;

/**
 * Finds the end of the batch that begins at a position.
 *
 * @returns `undefined` if the set does not contain the complete batch
 * @throws RangeError if the length of the batch is less than the length of a header
 */
export function findBatchEnd(set: Buffer, at: number): number | undefined {
  if (at + headerBytes > set.length) {
    return undefined;
  }
  const end = at + batchLengthFieldsEnd + set.readInt32BE(at + 8);
  if (end < at + headerBytes) {
    throw new RangeError(`A record batch of ${end - at} bytes is shorter than its header`);
  }
  return end > set.length ? undefined : end;
}

export type BatchHeader = ReturnType<typeof readBatchHeader>;

/**
 * Reads the header of a batch.
 *
 * @throws if the bytes are not a batch, are damaged, or have the format of a later Kafka version
 */
export function readBatchHeader(set: Buffer, at: number, end: number) {
  const reader = new WireReader(set, at);
  const baseOffset = reader.int64();
  reader.int32(); // length
  const leaderEpoch = reader.int32();
  const magic = reader.int8();
  if (magic !== 2) {
    throw new Error(
      `A record batch has message format ${magic}: only format 2 (Kafka 0.11 and later) is supported`,
    );
  }
  if (reader.int32() !== crc32c.buf(set.subarray(at + checksumStart, end))) {
    throw new Error(`The record batch at offset ${baseOffset} is damaged: its checksum does not match`);
  }
  const attributes = reader.int16();
  const compression = attributes & compressionMask;
  if (!isKnownCodec(compression)) {
    throw new Error(`A record batch is compressed with the unknown codec ${compression}`);
  }
  const lastOffset = baseOffset + reader.int32();
  if (lastOffset < baseOffset) {
    throw new RangeError(`The record batch at offset ${baseOffset} has a last offset before its first`);
  }
  // A producer may write any timestamp. A timestamp beyond 2^53 loses precision, which is irrelevant so far in the
  // future.
  const baseTimestampMs = Number(reader.bigInt64());
  const maxTimestampMs = Number(reader.bigInt64());
  const producerId = reader.bigInt64();
  reader.int16(); // producer epoch
  reader.int32(); // first sequence
  return {
    baseOffset,
    lastOffset,
    leaderEpoch,
    baseTimestampMs,
    maxTimestampMs,
    producerId,
    count: reader.int32(),
    compression,
    hasAppendTime: (attributes & appendTimeBit) !== 0,
    isTransactional: (attributes & transactionalBit) !== 0,
    isControl: (attributes & controlBit) !== 0,
  };
}

/** Returns the base values for the offset and time deltas of the records in a batch. */
export function toRecordBaseValues(batch: BatchHeader) {
  return {
    offset: batch.baseOffset,
    timestampMs: batch.baseTimestampMs,
    ...(batch.hasAppendTime && { appendTimeMs: batch.maxTimestampMs }),
  };
}

/** Creates a record that replaces an unreadable batch. Its value is the batch as stored by the broker. */
export function toUnreadableRecord(bytes: Buffer, batch: BatchHeader, failure: Error): LogRecord {
  return {
    offset: batch.baseOffset,
    timestampMs: batch.maxTimestampMs,
    key: null,
    value: bytes,
    body: bytes,
    header: () => undefined,
    unreadable: failure,
  };
}

/** Returns whether the only record of a control batch marks an aborted transaction. */
export function isAbortMarker(set: Buffer, batchAt: number): boolean {
  const at = batchAt + headerBytes;
  const markerRecord = readWireRecord(set, new WireReader(set, at), { offset: 0, timestampMs: 0 });
  // The key of a control record consists of a version and a type, two bytes each.
  return markerRecord.key?.readInt16BE(2) === abortMarkerType;
}
