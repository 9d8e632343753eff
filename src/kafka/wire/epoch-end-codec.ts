import { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** Where a leader's records end in the log as it is now. */
export interface EpochEnd {
  readonly partition: number;
  readonly errorCode: number;
  /** The asked epoch, or the latest one before it that has records; −1 when there is none. */
  readonly epoch: number;
  /** The offset behind the last record of that epoch; −1 when there is none. */
  readonly endOffset: number;
}

export const epochEndThrottleAt = 0;

const consumer = -1;

export interface EpochEndQuestion {
  readonly topic: string;
  readonly partition: number;
  /** Epoch of the present leader; −1 when it is not known. */
  readonly currentEpoch: number;
  readonly epoch: number;
}

export function writeEpochEnd(
  writer: WireWriter,
  { topic, partition, currentEpoch, epoch }: EpochEndQuestion,
): void {
  writer.int32(consumer);
  writer.int32(1);
  writer.string(topic);
  writer.int32(1);
  writer.int32(partition);
  writer.int32(currentEpoch);
  writer.int32(epoch);
}

/** @throws RangeError for an answer that is not about one partition */
export function decodeEpochEnd(payload: Buffer): EpochEnd {
  const reader = new WireReader(payload);
  reader.int32();
  const [found, ...others] = reader
    .array(() => {
      reader.string();
      return reader.array(() => {
        const errorCode = reader.int16();
        const partition = reader.int32();
        return { partition, errorCode, epoch: reader.int32(), endOffset: reader.int64() };
      });
    })
    .flat();
  if (found === undefined || others.length > 0) {
    throw new RangeError('The answer is not about one partition');
  }
  return found;
}
