import { crc32c } from './crc32c.ts';
import type { ProduceBatch } from './produce-batch.ts';
import { toTopicData } from './to-topic-data.ts';
import { varintSize, WireWriter } from './wire-writer.ts';

interface ProduceBodyOptions {
  /** Epoch milliseconds: the timestamp of every record. */
  readonly now: number;
  readonly replicationTimeoutMs: number;
}

type ProduceRecord = ProduceBatch['records'][number];

const allReplicas = -1;
const magic = 2;
const noProducerId = 0xffff_ffff;

/**
 * The body of a Produce request, versions 3 to 7, without compression and without idempotence: the very bytes that
 * kafkajs's encoder makes, at a tenth of its cost (it allocates half a kilobyte for each header of each record).
 *
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export function encodeProduceBody(
  batches: readonly ProduceBatch[],
  { now, replicationTimeoutMs }: ProduceBodyOptions,
): Buffer {
  const writer = new WireWriter(estimateSize(batches));
  writer.int16(-1); // no transactional id
  writer.int16(allReplicas);
  writer.int32(replicationTimeoutMs);
  const topics = toTopicData(batches);
  writer.int32(topics.length);
  for (const { topic, partitions } of topics) {
    writer.string(topic);
    writer.int32(partitions.length);
    for (const { partition, messages } of partitions) {
      writer.int32(partition);
      writeRecordBatch(writer, messages, now);
    }
  }
  return writer.bytes.subarray(0, writer.offset);
}

function writeRecordBatch(writer: WireWriter, records: ProduceBatch['records'], now: number): void {
  const sizeAt = writer.offset;
  writer.int32(0); // size of the batch, see below
  writer.int64(0); // base offset: the broker's to give
  const lengthAt = writer.offset;
  writer.int32(0); // length after this field
  writer.int32(0); // leader epoch
  writer.int8(magic);
  const crcAt = writer.offset;
  writer.int32(0);
  writer.int16(0); // attributes: no compression, no transaction
  writer.int32(records.length - 1); // last offset delta
  writer.int64(now); // first timestamp
  writer.int64(now); // last timestamp
  writer.int32(noProducerId | 0);
  writer.int32(noProducerId | 0);
  writer.int16(0); // producer epoch
  writer.int32(0); // first sequence
  writer.int32(records.length);
  for (let index = 0; index < records.length; index += 1) {
    writeRecord(writer, records[index] as ProduceRecord, index);
  }
  const { bytes, offset } = writer;
  bytes.writeInt32BE(offset - sizeAt - 4, sizeAt);
  bytes.writeInt32BE(offset - lengthAt - 4, lengthAt);
  bytes.writeUInt32BE(crc32c(bytes, crcAt + 4, offset), crcAt);
}

function writeRecord(writer: WireWriter, { key, value, headers }: ProduceRecord, offsetDelta: number): void {
  // The record's length stands before it but is known after it: room is left for what it should take.
  const lengthAt = writer.offset;
  const reserved = varintSize(value.length + 256);
  writer.ensure(reserved);
  writer.offset += reserved;
  writer.int8(0); // attributes
  writer.varint(0); // timestamp delta
  writer.varint(offsetDelta);
  if (key === null) {
    writer.varint(-1);
  } else {
    writer.varintString(key);
  }
  writer.varint(value.length);
  writer.raw(value);
  const countAt = writer.offset;
  let count = 0;
  writer.int8(0); // number of headers, see below
  for (const name in headers) {
    writer.varintString(name);
    writer.varintString(headers[name] as string);
    count += 1;
  }
  writeVarintAt(writer, { value: count, at: countAt, reserved: 1 });
  const length = writer.offset - lengthAt - reserved;
  writeVarintAt(writer, { value: length, at: lengthAt, reserved });
}

/** Writes a varint into a gap that was left for it, and moves what follows if the gap does not fit. */
function writeVarintAt(
  writer: WireWriter,
  { value, at, reserved }: { readonly value: number; readonly at: number; readonly reserved: number },
): void {
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
}

function estimateSize(batches: readonly ProduceBatch[]): number {
  let size = 1024;
  for (const { records } of batches) {
    size += 512;
    for (const { value } of records) {
      size += value.length + 640;
    }
  }
  return size;
}
