import type { LogRecord } from '../../revisions/log-record.ts';
import { toError } from '../../runtime/errors.ts';
import { crc32c } from './crc32c.ts';
import { decompress, isKnownCodec } from './decompress.ts';
import { mostRecordsOfBatch } from './limits.ts';
import { WireReader } from './wire-reader.ts';
import { readWireRecord } from './wire-record.ts';

/** A producer's transaction that was aborted, and its first offset. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export interface ReadBatches {
  readonly records: readonly LogRecord[];
  /** Where to read on; the given offset when there was no whole batch. */
  readonly nextOffset: number;
  /** Epoch of the leader that wrote the last batch; −1 when there was no batch. */
  readonly lastEpoch: number;
}

const headerBytes = 61;
/** Base offset and length: what stands before the bytes that the length counts. */
const prefixBytes = 12;
/** Of the bytes that the checksum is of, which reach to the end of the batch. */
const checkedFrom = 21;
const compressionMask = 0x07;
const appendTimeBit = 0x08;
const transactionalBit = 0x10;
const controlBit = 0x20;
const abortMarker = 0;

/**
 * The committed records from an offset on, out of the record batches of a fetch answer. A last batch that the size limit
 * has cut off is left out. A batch with the right checksum whose records cannot be read is one record that
 * says so: its producer wrote it so, and it would be the same at every reading.
 *
 * @see https://kafka.apache.org/documentation/#recordbatch
 * @throws when the bytes are no batch, are not those that were written, or are of a later version of Kafka
 */
export function readRecordBatches(
  set: Buffer,
  fromOffset: number,
  abortedTransactions: readonly AbortedTransaction[],
): ReadBatches {
  const records: LogRecord[] = [];
  const transactions = abortedTransactions.toSorted((a, b) => a.firstOffset - b.firstOffset).values();
  let waiting = transactions.next().value;
  const aborted = new Set<bigint>();
  let nextOffset = fromOffset;
  let lastEpoch = -1;
  for (let at = 0; at + headerBytes <= set.length; ) {
    const end = at + prefixBytes + set.readInt32BE(at + 8);
    if (end < at + headerBytes) {
      throw new RangeError(`A record batch of ${end - at} bytes is shorter than its header`);
    }
    if (end > set.length) {
      break;
    }
    const batch = readBatchHeader(set, at, end);
    while (waiting !== undefined && waiting.firstOffset <= batch.lastOffset) {
      aborted.add(waiting.producerId);
      waiting = transactions.next().value;
    }
    if (batch.isControl) {
      // When Kafka's log cleaner removes a marker and its producer wrote nothing later, the empty batch stays.
      if (batch.count > 0 && readMarker(set, at + headerBytes) === abortMarker) {
        aborted.delete(batch.producerId);
      }
    } else if (!(batch.isTransactional && aborted.has(batch.producerId))) {
      appendRecords(set.subarray(at, end), batch, fromOffset, records);
    }
    nextOffset = Math.max(nextOffset, batch.lastOffset + 1);
    lastEpoch = batch.leaderEpoch;
    at = end;
  }
  return { records, nextOffset, lastEpoch };
}

type BatchHeader = ReturnType<typeof readBatchHeader>;

function readBatchHeader(set: Buffer, at: number, end: number) {
  const reader = new WireReader(set, at);
  const baseOffset = reader.int64();
  reader.int32(); // length
  const leaderEpoch = reader.int32();
  const magic = reader.int8();
  if (magic !== 2) {
    throw new Error(`A record batch has format ${magic}; only 2 (Kafka 0.11 and later) can be read`);
  }
  // A number without a sign.
  if (reader.int32() >>> 0 !== crc32c(set, at + checkedFrom, end)) {
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

/** A batch of which only the first records can be read has none. */
function appendRecords(bytes: Buffer, batch: BatchHeader, fromOffset: number, into: LogRecord[]): void {
  const before = into.length;
  try {
    readRecords(decompress(bytes.subarray(headerBytes), batch.compression), batch, fromOffset, into);
  } catch (error) {
    into.length = before;
    into.push(toUnreadable(bytes, batch, toError(error)));
  }
}

function readRecords(data: Buffer, batch: BatchHeader, fromOffset: number, into: LogRecord[]): void {
  if (batch.count > mostRecordsOfBatch) {
    throw new RangeError(`A record batch has ${batch.count} records, more than ${mostRecordsOfBatch}`);
  }
  const reader = new WireReader(data);
  const base = {
    offset: batch.baseOffset,
    timestampMs: batch.baseTimestampMs,
    ...(batch.hasAppendTime && { appendTimeMs: batch.maxTimestampMs }),
  };
  for (let left = batch.count; left > 0; left -= 1) {
    const record = readWireRecord(data, reader, base);
    if (record.offset < batch.baseOffset || record.offset > batch.lastOffset) {
      throw new RangeError('A record has an offset outside its batch');
    }
    if (record.offset >= fromOffset) {
      into.push(record);
    }
  }
}

function toUnreadable(bytes: Buffer, batch: BatchHeader, failure: Error): LogRecord {
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

/** Key of a control record: version, type. */
function readMarker(set: Buffer, at: number): number {
  const marker = readWireRecord(set, new WireReader(set, at), { offset: 0, timestampMs: 0 });
  return marker.key?.readInt16BE(2) ?? -1;
}
