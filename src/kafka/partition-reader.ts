import type { ReadRecords } from '../revisions/partition-hold.ts';
import { decodeFetchAnswer, type FetchedPartition, fetchThrottleAt, fetchVersion } from './fetch-codec.ts';
import { checkErrorCode, KafkaAnswerError } from './kafka-answer-error.ts';
import type { PartitionCalls } from './partition-calls.ts';
import { readRecordBatches } from './read-record-batches.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface FetchOptions {
  readonly fromOffset: number;
  readonly maxWaitMs: number;
  readonly maxBytes: number;
}

export interface PartitionReader {
  /** @throws {KafkaAnswerError} with code 1 when the log does not reach to that offset */
  fetch(from: TopicPartition, options: FetchOptions): Promise<ReadRecords>;
  /** The first offset whose record has at least that time; `earliest` and `end` as Kafka codes them. */
  offsetAt(of: TopicPartition, timestamp: number): Promise<number>;
}

/** Special times of ListOffsets. `end`: the first offset that a reader of committed records cannot read. */
export const offsetTimes = { earliest: -2, end: -1 } as const;

export const offsetOutOfRange = 1;

const readCommitted = 1;
const anyReplica = -1;
/** What a broker may take on top of the wait that it was asked for. */
const answerTimeoutMs = 10_000;

export function createPartitionReader(calls: PartitionCalls): PartitionReader {
  return {
    async fetch(from, { fromOffset, maxWaitMs, maxBytes }) {
      const fetched = await calls.read(
        from,
        {
          api: 'Fetch',
          parameters: {
            maxWaitTime: maxWaitMs,
            minBytes: 1,
            maxBytes,
            isolationLevel: readCommitted,
            topics: [
              {
                topic: from.topic,
                partitions: [{ partition: from.partition, fetchOffset: fromOffset, maxBytes }],
              },
            ],
            rackId: '',
          },
          timeoutMs: maxWaitMs + answerTimeoutMs,
          codec: { version: fetchVersion, decode: decodeFetchAnswer, throttleAt: fetchThrottleAt },
        },
        (answer) => {
          const partition = answer as FetchedPartition | undefined;
          if (partition === undefined) {
            // As a broker answers that throttles: the connection waits for as long as it was told.
            throw new KafkaAnswerError(
              'wait',
              -1,
              `nothing of ${from.topic}-${from.partition} in the answer`,
            );
          }
          checkErrorCode(partition.errorCode, `reading ${from.topic}-${from.partition}`, {
            api: 'Fetch',
            topic: from.topic,
          });
          return partition;
        },
      );
      const { recordSet, abortedTransactions, lastStableOffset } = fetched;
      const { records, nextOffset } = readRecordBatches(recordSet, fromOffset, abortedTransactions);
      return { records, nextOffset, endOffset: lastStableOffset, isFull: recordSet.length > maxBytes / 2 };
    },
    offsetAt: (of, timestamp) =>
      calls.read(
        of,
        {
          api: 'ListOffsets',
          parameters: {
            replicaId: anyReplica,
            isolationLevel: readCommitted,
            topics: [{ topic: of.topic, partitions: [{ partition: of.partition, timestamp }] }],
          },
        },
        (answer) => {
          const found = (answer as WireOffsets).responses[0]?.partitions[0];
          if (found === undefined) {
            throw new KafkaAnswerError('fail', -1, `no offset of ${of.topic}-${of.partition} in the answer`);
          }
          checkErrorCode(found.errorCode, `finding an offset of ${of.topic}-${of.partition}`, {
            api: 'ListOffsets',
            topic: of.topic,
          });
          return Number(found.offset);
        },
      ),
  };
}

interface WireOffsets {
  readonly responses: readonly {
    readonly partitions: readonly { readonly errorCode: number; readonly offset: string }[];
  }[];
}
