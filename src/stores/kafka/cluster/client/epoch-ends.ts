import { apiVersions } from '../../wire/api-versions.ts';
import {
  decodeEpochEnds,
  type EpochEnds,
  type EpochQuestion,
  epochEndThrottleAt,
  writeEpochEnd,
} from '../../wire/epoch-end-codec.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import { checkErrorCode } from '../errors/kafka-answer-error.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';

export function toEpochEnd(question: EpochQuestion): KafkaCall {
  return {
    api: 'OffsetForLeaderEpoch',
    parameters: question,
    codec: {
      version: apiVersions.OffsetForLeaderEpoch,
      write: (writer) => writeEpochEnd(writer, question),
      decode: decodeEpochEnds,
      throttleAt: epochEndThrottleAt,
    },
  };
}

/** @returns the offset; −1 when the log has no such epoch */
export function readEpochEnd(answer: unknown, { topic, partition }: TopicPartition, epoch: number): number {
  const ofTopic = (answer as EpochEnds).responses.find((each) => each.topic === topic);
  const found = ofTopic?.partitions.find((each) => each.partition === partition);
  const what = `finding the end of epoch ${epoch} of ${topic}-${partition}`;
  checkErrorCode(found?.errorCode ?? -1, what, { api: 'OffsetForLeaderEpoch', topic });
  return found?.endOffset ?? -1;
}
