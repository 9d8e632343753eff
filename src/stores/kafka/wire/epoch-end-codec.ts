import type { TopicPartition } from './topic-partition.ts';
import { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** End offsets of leader epochs in the present logs, in the shape of kafkajs's offset responses. */
export interface EpochEnds {
  readonly responses: readonly { readonly topic: string; readonly partitions: readonly EpochEnd[] }[];
}

interface EpochEnd {
  readonly partition: number;
  readonly errorCode: number;
  /** The requested epoch, or the latest one before it that has records. −1 if there is none. */
  readonly epoch: number;
  /** The offset after the last record of that epoch. −1 if there is none. */
  readonly endOffset: number;
}

/**
 * First version of OffsetForLeaderEpoch that needs no more than Describe on the topic (KIP-320). kafkajs lacks the API.
 */
export const epochEndVersion = 3;

const consumer = -1;

export interface EpochEndRequest extends TopicPartition {
  /** Epoch of the present leader. −1 if it is unknown. */
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
  writer.int32(consumer);
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
