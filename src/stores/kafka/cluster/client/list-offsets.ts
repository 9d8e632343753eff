import { checkErrorCode } from '../errors/kafka-answer-error.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';

/**
 * Special timestamps for ListOffsets. `end` requests the offset after the last record that is visible at the
 * isolation level of the reader.
 */
export const offsetTimes = { earliest: -2, end: -1 } as const;

export const isolationLevels = { readUncommitted: 0, readCommitted: 1 } as const;

interface ListOffsetsRequest {
  readonly topic: string;
  readonly partitions: readonly number[];
  readonly timestamp: number;
  readonly isolationLevel: number;
}

const consumerReplicaId = -1;

export function createListOffsetsCall({
  topic,
  partitions,
  timestamp,
  isolationLevel,
}: ListOffsetsRequest): KafkaCall {
  return {
    api: 'ListOffsets',
    parameters: {
      replicaId: consumerReplicaId,
      isolationLevel,
      topics: [{ topic, partitions: partitions.map((partition) => ({ partition, timestamp })) }],
    },
  };
}

/**
 * Reads the offset of each partition. The result omits partitions that the response does not contain.
 *
 * @throws {KafkaAnswerError} for the first partition with an error
 */
export function readOffsets(answer: unknown, topic: string): ReadonlyMap<number, number> {
  const partitionAnswers = (answer as WireOffsets).responses.flatMap(({ partitions }) => partitions);
  return new Map(
    partitionAnswers.map(({ partition, errorCode, offset }) => {
      const requestContext = { api: 'ListOffsets', topic } as const;
      const operation = `cannot find an offset of ${topic}-${partition}`;
      checkErrorCode(errorCode, operation, requestContext);
      return [partition, parseInt64(offset, operation)];
    }),
  );
}

interface WireOffsets {
  readonly responses: readonly {
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly offset: string;
    }[];
  }[];
}

/**
 * Parses an offset, which kafkajs decodes as text.
 *
 * @param what failed operation for the error message, such as `cannot read the offset`
 * @throws RangeError if the offset exceeds 2^53, which does not occur in practice
 */
export function parseInt64(text: string, what: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`${what}: ${text} is not an offset`);
  }
  return value;
}
