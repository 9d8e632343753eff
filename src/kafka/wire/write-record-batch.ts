import { crc32c } from './crc32c.ts';
import { sizeOfVarint, writeVarint } from './varint.ts';

/** A record with key, value and headers already encoded. */
export interface EncodedRecord {
  readonly timestampMs: number;
  readonly body: Buffer;
}

/** A transaction's producer, as its coordinator named it. */
export interface ProducerIdentity {
  readonly producerId: string;
  readonly producerEpoch: number;
}

const headerBytes = 61;
const transactionalBit = 0x10;

/** One uncompressed record batch of a transaction. @see https://kafka.apache.org/documentation/#recordbatch */
export function writeRecordBatch(
  records: readonly EncodedRecord[],
  { producerId, producerEpoch }: ProducerIdentity,
  baseSequence: number,
): Buffer {
  const baseTimestampMs = records[0]?.timestampMs ?? 0;
  let maxTimestampMs = baseTimestampMs;
  let size = headerBytes;
  const lengths = records.map(({ timestampMs, body }, index) => {
    maxTimestampMs = Math.max(maxTimestampMs, timestampMs);
    const length = 1 + sizeOfVarint(timestampMs - baseTimestampMs) + sizeOfVarint(index) + body.length;
    size += sizeOfVarint(length) + length;
    return length;
  });
  const batch = Buffer.allocUnsafe(size);
  batch.writeBigInt64BE(0n, 0);
  batch.writeInt32BE(size - 12, 8);
  batch.writeInt32BE(-1, 12);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(transactionalBit, 21);
  batch.writeInt32BE(records.length - 1, 23);
  batch.writeBigInt64BE(BigInt(baseTimestampMs), 27);
  batch.writeBigInt64BE(BigInt(maxTimestampMs), 35);
  batch.writeBigInt64BE(BigInt(producerId), 43);
  batch.writeInt16BE(producerEpoch, 51);
  batch.writeInt32BE(baseSequence, 53);
  batch.writeInt32BE(records.length, 57);
  let at = headerBytes;
  for (const [index, { timestampMs, body }] of records.entries()) {
    at = writeVarint(batch, at, lengths[index] as number);
    batch[at] = 0;
    at = writeVarint(batch, at + 1, timestampMs - baseTimestampMs);
    at = writeVarint(batch, at, index);
    at += body.copy(batch, at);
  }
  batch.writeUInt32BE(crc32c(batch, 21, size), 17);
  return batch;
}
