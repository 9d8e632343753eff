import type { TopicPartition } from './topic-partition.ts';
import { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** End offsets of leader epochs in the current logs, structured like the offset responses of kafkajs. */
export interface EpochEnds {
  readonly responses: readonly { readonly topic: string; readonly partitions: readonly EpochEnd[] }[];
}

interface EpochEnd {
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
export const epochEndVersion = 3;

const consumerReplicaId = -1;

export interface EpochEndRequest extends TopicPartition {
  /** Epoch of the current leader, or −1 if the epoch is unknown. */
  readonly currentEpoch: number;
  readonly epoch: number;
}

export function toEpochEndCodec(request: EpochEndRequest) {
  return {
    version: epochEndVersion,
    write: (writer: WireWriter) => writeEpochEnd(writer, request),
    decode: decodeEpochEnds,
    throttleAt: 0,
  };
}

export function writeEpochEnd(writer: WireWriter, request: EpochEndRequest): void {
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

export function decodeEpochEnds(payload: Buffer): EpochEnds {
  const reader = new WireReader(payload);
  reader.int32();
  const responses = reader.array(() => ({
    topic: reader.string(),
    partitions: reader.array(() => {
      const errorCode = reader.int16();
      const partition = reader.int32();
      return { partition, errorCode, epoch: reader.int32(), endOffset: reader.int64() };
    }),
  }));
  return { responses };
}
