import crc32c from 'crc-32/crc32c.js';
import type { LogRecord } from '../../../filter/log-record.ts';
import { isKnownCodec } from './compression.ts';
import { WireReader } from './wire-reader.ts';
import { readWireRecord } from './wire-record.ts';

/** @see https://kafka.apache.org/documentation/#recordbatch */
export const headerBytes = 61;
/** Base offset and length: what stands before the bytes that the length counts. */
const prefixBytes = 12;
/** Where the bytes begin that the checksum covers; they reach to the end of the batch. */
const checkedFrom = 21;
const compressionMask = 0x07;
const appendTimeBit = 0x08;
const transactionalBit = 0x10;
const controlBit = 0x20;
const abortMarker = 0;

/**
 * @returns where the batch ends that begins there; `undefined` when not all of it is in the set
 * @throws RangeError when it would be shorter than its header
 */
export function findBatchEnd(set: Buffer, at: number): number | undefined {
  if (at + headerBytes > set.length) {
    return undefined;
  }
  const end = at + prefixBytes + set.readInt32BE(at + 8);
  if (end < at + headerBytes) {
    throw new RangeError(`A record batch of ${end - at} bytes is shorter than its header`);
  }
  return end > set.length ? undefined : end;
}

export type BatchHeader = ReturnType<typeof readBatchHeader>;

/** @throws when the bytes are no batch, are not those that were written, or are of a later version of Kafka */
export function readBatchHeader(set: Buffer, at: number, end: number) {
  const reader = new WireReader(set, at);
  const baseOffset = reader.int64();
  reader.int32(); // length
  const leaderEpoch = reader.int32();
  const magic = reader.int8();
  if (magic !== 2) {
    throw new Error(`A record batch has format ${magic}; only 2 (Kafka 0.11 and later) can be read`);
  }
  if (reader.int32() !== crc32c.buf(set.subarray(at + checkedFrom, end))) {
    throw new Error(
      `The record batch at offset ${baseOffset} is damaged: its checksum is that of other bytes`,
    );
  }
  const attributes = reader.int16();
  const compression = attributes & compressionMask;
  if (!isKnownCodec(compression)) {
    throw new Error(`A record batch is compressed with codec ${compression}, which is not known here`);
  }
  const lastOffset = baseOffset + reader.int32();
  if (lastOffset < baseOffset) {
    throw new RangeError(`The record batch at offset ${baseOffset} ends before it begins`);
  }
  // A producer may write any time. One beyond 2^53 counts as the future, exact or not.
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

/** What the offsets and times of a batch's records count from. */
export function toRecordBase(batch: BatchHeader) {
  return {
    offset: batch.baseOffset,
    timestampMs: batch.baseTimestampMs,
    ...(batch.hasAppendTime && { appendTimeMs: batch.maxTimestampMs }),
  };
}

/** A record that stands for a batch that cannot be read: its value is the batch as the broker keeps it. */
export function toUnreadable(bytes: Buffer, batch: BatchHeader, failure: Error): LogRecord {
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

/** Whether the one record of a control batch says that a transaction was aborted. */
export function isAbortMarker(set: Buffer, batchAt: number): boolean {
  const at = batchAt + headerBytes;
  const marker = readWireRecord(set, new WireReader(set, at), { offset: 0, timestampMs: 0 });
  // Key of a control record: version, type.
  return marker.key?.readInt16BE(2) === abortMarker;
}
