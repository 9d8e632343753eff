import type { TopicPartition } from './topic-partition.ts';
import { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** Where leaders' records end in the logs as they are now; in the form in which kafkajs gives offsets. */
export interface EpochEnds {
  readonly responses: readonly { readonly topic: string; readonly partitions: readonly EpochEnd[] }[];
}

interface EpochEnd {
  readonly partition: number;
  readonly errorCode: number;
  /** The asked epoch, or the latest one before it that has records; −1 when there is none. */
  readonly epoch: number;
  /** The offset behind the last record of that epoch; −1 when there is none. */
  readonly endOffset: number;
}

/** The first for which the right to describe the topic is enough (KIP-320). kafkajs has none. */
export const epochEndVersion = 3;

const consumer = -1;

export interface EpochQuestion extends TopicPartition {
  /** Epoch of the present leader; −1 when it is not known. */
  readonly currentEpoch: number;
  readonly epoch: number;
}

export function toEpochEndCodec(question: EpochQuestion) {
  return {
    version: epochEndVersion,
    write: (writer: WireWriter) => writeEpochEnd(writer, question),
    decode: decodeEpochEnds,
    throttleAt: 0,
  };
}

export function writeEpochEnd(writer: WireWriter, question: EpochQuestion): void {
  writer.int32(consumer);
  writer.array([question], ({ topic, partition, currentEpoch, epoch }) => {
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
