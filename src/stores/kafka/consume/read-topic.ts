import type { RecordRole } from '../../../ports/record-reader.ts';
import { UnreadRangeError } from '../../../runtime/range-reading.ts';
import type { KafkaClient, KafkaClientDeps } from '../cluster/client/kafka-client.ts';
import { offsetTimes } from '../cluster/client/list-offsets.ts';
import { type HiddenRecords, whenStable } from '../cluster/client/open-transaction.ts';
import type { FetchedRecords } from '../cluster/client/partition-reader.ts';
import { readRange } from '../cluster/client/read-range.ts';
import { ConnectionError } from '../cluster/errors/connection-error.ts';
import { describeKafkaFailure } from '../cluster/errors/describe-kafka-failure.ts';
import { checkErrorCode, formatKafkaError, KafkaAnswerError } from '../cluster/errors/kafka-answer-error.ts';
import { errorCodes } from '../cluster/errors/kafka-errors.ts';
import { retryAnswers } from '../cluster/retry-answers.ts';
import { describeAbsentTopic, listKafkaTopics } from '../cluster/topics/describe-topics.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';

interface FailedQuestion extends KafkaClientDeps {
  readonly topics: readonly string[];
  readonly role: RecordRole;
  /** Absent when no group was asked for. */
  readonly groupId?: string;
}

/** A failure of the cluster as a sentence for the operator; any other error as it is. */
export async function explainFailure(error: unknown, question: FailedQuestion): Promise<unknown> {
  if (error instanceof UnreadRangeError) {
    return new UnreadRangeError(`${error.message.replace(/\.$/, '')}. Then run the same command again`, {
      cause: error,
    });
  }
  return isClusterFailure(error) ? new Error(await describe(error, question), { cause: error }) : error;
}

export function isClusterFailure(error: unknown): error is KafkaAnswerError | ConnectionError {
  return error instanceof KafkaAnswerError || error instanceof ConnectionError;
}

/** Names only the right to Read on a topic and a group, because it includes Describe. */
async function describe(error: Error, question: FailedQuestion): Promise<string> {
  const { topics, role, groupId: group = '', connection } = question;
  const topic = topics.join(', ');
  const code = error instanceof KafkaAnswerError ? error.errorCode : 0;
  if (code === errorCodes.UNKNOWN_TOPIC_OR_PARTITION) {
    const { brokers } = connection;
    const known = await listKafkaTopics(question);
    const absent = topics.filter((each) => !known.includes(each));
    return (
      absent.map((each) => describeAbsentTopic(each, role, { brokers, known })).join('; ') || error.message
    );
  }
  if (code === errorCodes.TOPIC_AUTHORIZATION_FAILED) {
    return `reading the topic ${topic}: ${formatKafkaError(code, { api: 'Fetch', topic })}`;
  }
  if (code === errorCodes.GROUP_AUTHORIZATION_FAILED) {
    return `using the consumer group: ${formatKafkaError(code, { api: 'JoinGroup', group })}`;
  }
  return describeKafkaFailure(error, connection.brokers);
}

/** What committed records a partition has: the first offset that is there, and the next one to be readable. */
export interface PartitionEnds {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
  /** What is written behind `high`, and cannot be read before a transaction ends. */
  readonly hidden: HiddenRecords | undefined;
}

/** For each partition: one of the filter is over by then. */
const stableWaitMs = 2_000;

/** Brokers learn of a new topic one after the other. */
const newTopicMs = 2_000;

export async function readTopicEnds(
  { routes, reader }: KafkaClient,
  topic: string,
): Promise<readonly PartitionEnds[]> {
  const count = await retryAnswers(
    async () => {
      const found = await routes.partitionCountOf(topic);
      if (found === 0) {
        checkErrorCode(errorCodes.UNKNOWN_TOPIC_OR_PARTITION, `finding ${topic}`, { api: 'Metadata', topic });
      }
      return found;
    },
    { onReroute: routes.forget, timeoutMs: newTopicMs },
  );
  return Promise.all(
    Array.from({ length: count }, async (_, partition) => {
      const of = { topic, partition };
      const [low, { stable, written }] = await Promise.all([
        reader.offsetAt(of, offsetTimes.earliest),
        whenStable(reader, of, stableWaitMs),
      ]);
      const hidden = stable < written ? { ...of, from: stable, to: written } : undefined;
      return { partition, low, high: stable, hidden };
    }),
  );
}

/** What is read of a partition. */
export interface OffsetSpan {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** The committed records of a partition that retention has left, in parts, in order. */
export async function* readPresent(
  reader: KafkaClient['reader'],
  of: TopicPartition,
  { from, to }: OffsetSpan,
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
      start = await findNext(reader, of, start, error);
    }
  }
}

/** Retention may remove what was not read yet. */
async function findNext(
  reader: KafkaClient['reader'],
  of: TopicPartition,
  start: number,
  error: unknown,
): Promise<number> {
  if (error instanceof KafkaAnswerError && error.errorCode === errorCodes.OFFSET_OUT_OF_RANGE) {
    const first = await reader.offsetAt(of, offsetTimes.earliest);
    if (first > start) {
      return first;
    }
  }
  throw error;
}
