import type { TopicPartition } from '../../wire/topic-partition.ts';
import { produceVersion, writeProduceBody } from '../../wire/write-produce-body.ts';
import { checkErrorCode, KafkaAnswerError, unknownErrorCode } from '../errors/kafka-answer-error.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';

type ProduceParameters = Parameters<typeof writeProduceBody>;

/** Builds a Produce request that waits for all in-sync replicas. */
export function toProduceCall(batches: ProduceParameters[1], options: ProduceParameters[2]): KafkaCall {
  const { transactionalId = null, replicationTimeoutMs: timeout } = options;
  return {
    api: 'Produce',
    // kafkajs requires these parameters, although its encoding is not used.
    parameters: { transactionalId, acks: -1, timeout, topicData: [] },
    codec: { version: produceVersion, write: (writer) => writeProduceBody(writer, batches, options) },
  };
}

/** Reads the offset of the first written record. @throws {KafkaAnswerError} if the response contains no offset */
export function readBaseOffset(
  answer: unknown,
  { topic, partition }: TopicPartition,
  more: { readonly transactionalId?: string } = {},
): number {
  const partitionAnswer = (answer as WireProduce).topics[0]?.partitions[0];
  const name = `${topic}-${partition}`;
  if (partitionAnswer?.partition !== partition) {
    throw new KafkaAnswerError(
      'fail',
      unknownErrorCode,
      `the response does not confirm the write to ${name}`,
    );
  }
  checkErrorCode(partitionAnswer.errorCode, `cannot write to ${name}`, { api: 'Produce', topic, ...more });
  const offset = Number(partitionAnswer.baseOffset);
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new KafkaAnswerError(
      'fail',
      unknownErrorCode,
      `the response has no offset for the write to ${name}`,
    );
  }
  return offset;
}

interface WireProduce {
  readonly topics: readonly {
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly baseOffset: string;
    }[];
  }[];
}
