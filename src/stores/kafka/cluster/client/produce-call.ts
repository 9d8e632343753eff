import type { TopicPartition } from '../../wire/topic-partition.ts';
import { produceVersion, writeProduceBody } from '../../wire/write-produce-body.ts';
import { checkErrorCode, KafkaAnswerError, noErrorCode } from '../errors/kafka-answer-error.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';

type ProduceParameters = Parameters<typeof writeProduceBody>;

/** Writes to one partition, on all of its replicas in sync. */
export function toProduceCall(batch: ProduceParameters[1][number], options: ProduceParameters[2]): KafkaCall {
  const { transactionalId = null, replicationTimeoutMs: timeout } = options;
  return {
    api: 'Produce',
    // kafkajs reads them although its encoding is replaced.
    parameters: { transactionalId, acks: -1, timeout, topicData: [] },
    codec: { version: produceVersion, write: (writer) => writeProduceBody(writer, [batch], options) },
  };
}

/** The offset of the first record that was written. @throws {KafkaAnswerError} when the answer has none */
export function readBaseOffset(
  answer: unknown,
  { topic, partition }: TopicPartition,
  more: { readonly transactionalId?: string } = {},
): number {
  const stored = (answer as WireProduce).topics[0]?.partitions[0];
  const name = `${topic}-${partition}`;
  if (stored?.partition !== partition) {
    throw new KafkaAnswerError('fail', noErrorCode, `the answer does not say that ${name} was written`);
  }
  checkErrorCode(stored.errorCode, `writing ${name}`, { api: 'Produce', topic, ...more });
  const offset = Number(stored.baseOffset);
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new KafkaAnswerError('fail', noErrorCode, `${name} has no offset for what was written`);
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
