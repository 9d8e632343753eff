import Encoder from 'kafkajs/src/protocol/encoder.js';
import encodeRecord from 'kafkajs/src/protocol/recordBatch/record/v0/index.js';
import { sealBatch } from '../../../support/kafka/seal-batch.ts';

export interface WrittenRecord {
  readonly key: string | Buffer | null;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** Time in milliseconds after the first record of the batch. */
  readonly timestampDelta?: number;
}

/** Values for the header of a batch. */
export interface BatchFacts {
  readonly nowMs: number;
  /** If the producer is absent, the batch is not transactional. */
  readonly producer?: { readonly producerId: bigint; readonly producerEpoch: number } | undefined;
  readonly firstSequence?: number;
  readonly baseOffset?: number;
  readonly leaderEpoch?: number;
  readonly isControl?: boolean;
}

export const transactionalBit = 0x10;
const controlBit = 0x20;
/**
 * Size of the base offset and the length field. The length field counts only the bytes that follow these two fields.
 */
export const prefixBytes = 12;

/** Encodes one batch with the encoder of kafkajs. @see https://kafka.apache.org/documentation/#recordbatch */
export function writeBatch(records: readonly WrittenRecord[], facts: BatchFacts): Buffer {
  const { nowMs, producer, firstSequence = -1, baseOffset = 0, leaderEpoch = 0, isControl = false } = facts;
  const { producerId = -1n, producerEpoch = -1 } = producer ?? {};
  const attributes = (producer === undefined ? 0 : transactionalBit) | (isControl ? controlBit : 0);
  const encoder = new Encoder()
    .writeInt64(BigInt(baseOffset))
    .writeInt32(0)
    .writeInt32(leaderEpoch)
    .writeInt8(2)
    .writeInt32(0)
    .writeInt16(attributes)
    .writeInt32(records.length - 1)
    .writeInt64(BigInt(nowMs))
    .writeInt64(BigInt(nowMs + (records.at(-1)?.timestampDelta ?? 0)))
    .writeInt64(producerId)
    .writeInt16(producerEpoch)
    .writeInt32(firstSequence)
    .writeInt32(records.length);
  for (const [offsetDelta, record] of records.entries()) {
    encoder.writeBuffer(encodeRecord({ timestampDelta: 0, ...record, offsetDelta }).buffer);
  }
  const bytes = encoder.buffer;
  bytes.writeInt32BE(bytes.length - prefixBytes, 8);
  return sealBatch(bytes);
}
