import type { RecordRole } from '../../../ports/record-reader.ts';
import { UnreadRangeError } from '../../../runtime/range-reader.ts';
import type { KafkaClient, KafkaClientDeps } from '../cluster/client/kafka-client.ts';
import { offsetTimes } from '../cluster/client/list-offsets.ts';
import { type HiddenOffsetRange, waitUntilReadable } from '../cluster/client/open-transaction.ts';
import type { FetchedRecords } from '../cluster/client/partition-reader.ts';
import { readRange } from '../cluster/client/read-range.ts';
import { ConnectionError } from '../cluster/errors/connection-error.ts';
import { describeKafkaFailure } from '../cluster/errors/describe-kafka-failure.ts';
import { checkErrorCode, formatKafkaError, KafkaAnswerError } from '../cluster/errors/kafka-answer-error.ts';
import { errorCodes } from '../cluster/errors/kafka-errors.ts';
import { retryOnErrorAnswer } from '../cluster/retry-on-error-answer.ts';
import { describeAbsentTopic, listKafkaTopics } from '../cluster/topics/describe-topics.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';

interface FailedReadContext extends KafkaClientDeps {
  readonly topics: readonly string[];
  readonly role: RecordRole;
  /** ID of the consumer group. Absent if no consumer group was involved. */
  readonly groupId?: string;
}

/** Converts a cluster failure into a message for the operator. Returns any other error unchanged. */
export async function explainFailure(error: unknown, failed: FailedReadContext): Promise<unknown> {
  if (error instanceof UnreadRangeError) {
    return new UnreadRangeError(`${error.message.replace(/\.$/, '')}. Then run the command again`, {
      cause: error,
    });
  }
  return isClusterFailure(error)
    ? new Error(await describeReadFailure(error, failed), { cause: error })
    : error;
}

export function isClusterFailure(error: unknown): error is KafkaAnswerError | ConnectionError {
  return error instanceof KafkaAnswerError || error instanceof ConnectionError;
}

/** Describes a failure. Only the Read permission on a topic or group is mentioned, because it includes Describe. */
async function describeReadFailure(error: Error, failed: FailedReadContext): Promise<string> {
  const { topics, role, groupId: group = '', connection } = failed;
  const topic = topics.join(', ');
  const code = error instanceof KafkaAnswerError ? error.errorCode : 0;
  if (code === errorCodes.UNKNOWN_TOPIC_OR_PARTITION) {
    const { brokers } = connection;
    const existingTopics = await listKafkaTopics(failed);
    const absentTopics = topics.filter((each) => !existingTopics.includes(each));
    return (
      absentTopics
        .map((each) => describeAbsentTopic(each, role, { brokers, known: existingTopics }))
        .join('; ') || error.message
    );
  }
  if (code === errorCodes.TOPIC_AUTHORIZATION_FAILED) {
    return `cannot read the topic ${topic}: ${formatKafkaError(code, { api: 'Fetch', topic })}`;
  }
  if (code === errorCodes.GROUP_AUTHORIZATION_FAILED) {
    return `cannot use the consumer group ${group}: ${formatKafkaError(code, { api: 'JoinGroup', group })}`;
  }
  return describeKafkaFailure(error, connection.brokers);
}

/**
 * Range of the committed records in a partition, from the first existing offset to the offset after the last readable
 * record.
 */
export interface PartitionEnds {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
  /** Records from offset `high` on that are written but unreadable until a transaction ends. */
  readonly hidden: HiddenOffsetRange | undefined;
}

/**
 * Time in milliseconds to wait for open transactions in each partition. A transaction of the filter takes less time.
 */
const stableWaitMs = 2_000;

/** Time in milliseconds to wait for a new topic, because brokers learn about a new topic at different times. */
const newTopicWaitMs = 2_000;

export async function readTopicEnds(
  { routes, reader }: KafkaClient,
  topic: string,
): Promise<readonly PartitionEnds[]> {
  const count = await retryOnErrorAnswer(
    async () => {
      const partitionCount = await routes.partitionCountOf(topic);
      if (partitionCount === 0) {
        checkErrorCode(errorCodes.UNKNOWN_TOPIC_OR_PARTITION, `cannot find the topic ${topic}`, {
          api: 'Metadata',
          topic,
        });
      }
      return partitionCount;
    },
    { onReroute: routes.forget, timeoutMs: newTopicWaitMs },
  );
  return Promise.all(
    Array.from({ length: count }, async (_, partition) => {
      const of = { topic, partition };
      const [low, { stable, written }] = await Promise.all([
        reader.offsetAt(of, offsetTimes.earliest),
        waitUntilReadable(reader, of, stableWaitMs),
      ]);
      const hiddenRanges = stable < written ? { ...of, from: stable, to: written } : undefined;
      return { partition, low, high: stable, hidden: hiddenRanges };
    }),
  );
}

export interface OffsetRange {
  readonly from: number;
  /** End of the range, exclusive. */
  readonly to: number;
}

/** Reads the committed records of a range in order and in parts. Records that retention has removed are skipped. */
export async function* readPresentRecords(
  reader: KafkaClient['reader'],
  of: TopicPartition,
  { from, to }: OffsetRange,
): AsyncGenerator<FetchedRecords['records']> {
  let start = from;
  while (start < to) {
    try {
      for await (const { records, nextOffset } of readRange(reader, of, { start, end: to })) {
        yield records.filter(({ offset }) => offset < to);
        start = nextOffset;
      }
      return;
    } catch (error) {
      start = await findNextOffset(reader, of, start, error);
    }
  }
}

/**
 * Finds the offset to continue from if retention removed records before they could be read. Otherwise, throws the
 * error.
 */
async function findNextOffset(
  reader: KafkaClient['reader'],
  of: TopicPartition,
  start: number,
  error: unknown,
): Promise<number> {
  if (error instanceof KafkaAnswerError && error.errorCode === errorCodes.OFFSET_OUT_OF_RANGE) {
    const firstOffset = await reader.offsetAt(of, offsetTimes.earliest);
    if (firstOffset > start) {
      return firstOffset;
    }
  }
  throw error;
}
