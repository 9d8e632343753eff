import type { TopicPartition } from './topic-partition.ts';
import { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** End offsets of leader epochs in the current logs, structured like the offset responses of kafkajs. */
export interface EpochEndOffsetResponse {
  readonly responses: readonly { readonly topic: string; readonly partitions: readonly EpochEndOffset[] }[];
}

interface EpochEndOffset {
  readonly partition: number;
  readonly errorCode: number;
  /** The requested epoch or, if that epoch has no records, the latest earlier epoch with records. −1 if there is none. */
  readonly epoch: number;
  /** Offset after the last record of that epoch, or −1 if no such epoch exists. */
  readonly endOffset: number;
}

/**
 * First version of OffsetForLeaderEpoch that requires only the Describe permission on the topic (KIP-320). kafkajs
 * does not implement this API.
 */
export const epochEndOffsetVersion = 3;

const consumerReplicaId = -1;

export interface EpochEndOffsetRequest extends TopicPartition {
  /** Epoch of the current leader, or −1 if the epoch is unknown. */
  readonly currentEpoch: number;
  readonly epoch: number;
}

export function createEpochEndOffsetCodec(request: EpochEndOffsetRequest) {
  return {
    version: epochEndOffsetVersion,
    write: (writer: WireWriter) => writeEpochEndOffsetRequest(writer, request),
    decode: decodeEpochEndOffsets,
    throttleAt: 0,
  };
}

export function writeEpochEndOffsetRequest(writer: WireWriter, request: EpochEndOffsetRequest): void {
  writer.int32(consumerReplicaId);
  writer.array([request], ({ topic, partition, currentEpoch, epoch }) => {
    writer.string(topic);
    writer.array([partition], () => {
      writer.int32(partition);
      writer.int32(currentEpoch);
      writer.int32(epoch);
    });
  });
}

export function decodeEpochEndOffsets(payload: Buffer): EpochEndOffsetResponse {
  const reader = new WireReader(payload);
  reader.int32();
  const topicResponses = reader.array(() => ({
    topic: reader.string(),
    partitions: reader.array(() => {
      const errorCode = reader.int16();
      const partition = reader.int32();
      return { partition, errorCode, epoch: reader.int32(), endOffset: reader.int64() };
    }),
  }));
  return { responses: topicResponses };
}
