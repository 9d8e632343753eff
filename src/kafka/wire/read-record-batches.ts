import type { LogRecord } from '../../revisions/log-record.ts';
import { decompress } from './decompress.ts';
import { WireReader } from './wire-reader.ts';
import { readWireRecord } from './wire-record.ts';

/** A producer's transaction that was aborted, and its first offset. */
export interface AbortedTransaction {
  readonly producerId: number;
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
const compressionMask = 0x07;
const appendTimeBit = 0x08;
const transactionalBit = 0x10;
const controlBit = 0x20;
const abortMarker = 0;

/**
 * The committed records from an offset on, out of the record batches of a fetch answer. A last batch that the size limit
 * has cut off is left out.
 *
 * @see https://kafka.apache.org/documentation/#recordbatch
 * @throws when the bytes are no batch, or the batch is compressed in a way that Kafka does not know
 */
export function readRecordBatches(
  set: Buffer,
  fromOffset: number,
  abortedTransactions: readonly AbortedTransaction[],
): ReadBatches {
  const records: LogRecord[] = [];
  const waiting = abortedTransactions.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const aborted = new Set<number>();
  let nextOffset = fromOffset;
  let lastEpoch = -1;
  for (let at = 0; at + headerBytes <= set.length; ) {
    const end = at + 12 + set.readInt32BE(at + 8);
    if (end > set.length) {
      break;
    }
    const batch = readBatchHeader(set, at);
    while (waiting[0] !== undefined && waiting[0].firstOffset <= batch.lastOffset) {
      aborted.add((waiting.shift() as AbortedTransaction).producerId);
    }
    if (batch.isControl) {
      // When Kafka's log cleaner removes a marker and its producer wrote nothing later, the empty batch stays.
      if (batch.count > 0 && readMarker(set, at + headerBytes) === abortMarker) {
        aborted.delete(batch.producerId);
      }
    } else if (!(batch.isTransactional && aborted.has(batch.producerId))) {
      readRecords(
        decompress(set.subarray(at + headerBytes, end), batch.compression),
        batch,
        fromOffset,
        records,
      );
    }
    nextOffset = Math.max(nextOffset, batch.lastOffset + 1);
    lastEpoch = batch.leaderEpoch;
    at = end;
  }
  return { records, nextOffset, lastEpoch };
}

type BatchHeader = ReturnType<typeof readBatchHeader>;

function readBatchHeader(set: Buffer, at: number) {
  const reader = new WireReader(set, at);
  const baseOffset = reader.int64();
  reader.int32(); // length
  const leaderEpoch = reader.int32();
  const magic = reader.int8();
  if (magic !== 2) {
    throw new Error(`A record batch has format ${magic}; only 2 (Kafka 0.11 and later) can be read`);
  }
  reader.int32(); // checksum
  const attributes = reader.int16();
  const lastOffset = baseOffset + reader.int32();
  const baseTimestampMs = reader.int64();
  const maxTimestampMs = reader.int64();
  const producerId = reader.int64();
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
    compression: attributes & compressionMask,
    hasAppendTime: (attributes & appendTimeBit) !== 0,
    isTransactional: (attributes & transactionalBit) !== 0,
    isControl: (attributes & controlBit) !== 0,
  };
}

function readRecords(data: Buffer, batch: BatchHeader, fromOffset: number, into: LogRecord[]): void {
  const reader = new WireReader(data);
  const base = {
    offset: batch.baseOffset,
    timestampMs: batch.baseTimestampMs,
    ...(batch.hasAppendTime && { appendTimeMs: batch.maxTimestampMs }),
  };
  for (let left = batch.count; left > 0; left -= 1) {
    const record = readWireRecord(data, reader, base);
    if (record.offset >= fromOffset) {
      into.push(record);
    }
  }
}

/** Key of a control record: version, type. */
function readMarker(set: Buffer, at: number): number {
  const marker = readWireRecord(set, new WireReader(set, at), { offset: 0, timestampMs: 0 });
  return marker.key?.readInt16BE(2) ?? -1;
}
