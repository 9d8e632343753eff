import type { ReadRecords } from '../../revisions/partition-hold.ts';
import type { KafkaRoutes } from '../cluster/kafka-routes.ts';
import { checkErrorCode, KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import {
  decodeEpochEnd,
  type EpochEnd,
  encodeEpochEnd,
  epochEndThrottleAt,
  epochEndVersion,
} from '../wire/epoch-end-codec.ts';
import {
  decodeFetchAnswer,
  type FetchedPartition,
  fetchThrottleAt,
  fetchVersion,
} from '../wire/fetch-codec.ts';
import { readRecordBatches } from '../wire/read-record-batches.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import type { PartitionCalls } from './partition-calls.ts';

export interface FetchOptions {
  readonly fromOffset: number;
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  /** Asked before each attempt, so that another leader refuses; what it throws ends the read. */
  readonly leaderEpoch?: () => Promise<number>;
}

export interface FetchedRecords extends ReadRecords {
  /** Of the leader that wrote the last batch; −1 when there was none. */
  readonly lastEpoch: number;
  /** What the broker sent, whole batches or not. */
  readonly byteCount: number;
}

export interface PartitionReader {
  /** @throws {KafkaAnswerError} with code 1 when the log does not reach to that offset */
  fetch(from: TopicPartition, options: FetchOptions): Promise<FetchedRecords>;
  /** The first offset whose record has at least that time; `earliest` and `end` as Kafka codes them. */
  offsetAt(of: TopicPartition, timestamp: number): Promise<number>;
  /** Behind the last record that every replica in sync has, committed or not. */
  endOf(of: TopicPartition): Promise<number>;
  /**
   * Where the records of a leader's epoch end in the log as it is now; −1 when it knows no such epoch, `undefined` when
   * the broker does not tell.
   */
  epochEnd(of: TopicPartition, epoch: number): Promise<number | undefined>;
}

/** Special times of ListOffsets. `end`: the first offset that a reader of committed records cannot read. */
export const offsetTimes = { earliest: -2, end: -1 } as const;

const readCommitted = 1;
const readUncommitted = 0;
const anyReplica = -1;
/** What a broker may take on top of the wait that it was asked for. */
const answerTimeoutMs = 10_000;

export function createPartitionReader(calls: PartitionCalls, routes: KafkaRoutes): PartitionReader {
  function listOffset(of: TopicPartition, timestamp: number, isolationLevel: number): Promise<number> {
    return calls.read(
      of,
      {
        api: 'ListOffsets',
        parameters: {
          replicaId: anyReplica,
          isolationLevel,
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
    );
  }

  return {
    async fetch(from, { fromOffset, maxWaitMs, maxBytes, leaderEpoch }) {
      const fetched = await calls.read(
        from,
        async () => ({
          api: 'Fetch',
          parameters: {
            maxWaitTime: maxWaitMs,
            minBytes: 1,
            maxBytes,
            isolationLevel: readCommitted,
            topics: [
              {
                topic: from.topic,
                partitions: [
                  {
                    partition: from.partition,
                    currentLeaderEpoch: (await leaderEpoch?.()) ?? -1,
                    fetchOffset: fromOffset,
                    maxBytes,
                  },
                ],
              },
            ],
            rackId: '',
          },
          timeoutMs: maxWaitMs + answerTimeoutMs,
          codec: { version: fetchVersion, decode: decodeFetchAnswer, throttleAt: fetchThrottleAt },
        }),
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
      const read = readRecordBatches(recordSet, fromOffset, abortedTransactions);
      if (recordSet.length > 0 && read.nextOffset === fromOffset) {
        throw new KafkaAnswerError('fail', -1, `${from.topic}-${from.partition} gave a part of a batch only`);
      }
      return {
        ...read,
        endOffset: lastStableOffset,
        isFull: recordSet.length > maxBytes / 2,
        byteCount: recordSet.length,
      };
    },
    offsetAt: (of, timestamp) => listOffset(of, timestamp, readCommitted),
    endOf: (of) => listOffset(of, offsetTimes.end, readUncommitted),
    async epochEnd(of, epoch) {
      if (epoch < 0 || !(await calls.supports(of, 'OffsetForLeaderEpoch', epochEndVersion))) {
        return undefined;
      }
      return calls.read(
        of,
        async () => {
          const currentEpoch = (await routes.viewOf(of)).leaderEpoch ?? -1;
          const encode = () => encodeEpochEnd({ ...of, currentEpoch, epoch });
          const codec = {
            version: epochEndVersion,
            encode,
            decode: decodeEpochEnd,
            throttleAt: epochEndThrottleAt,
          };
          return { api: 'OffsetForLeaderEpoch', parameters: {}, codec };
        },
        (answer) => {
          const { errorCode, endOffset } = answer as EpochEnd;
          checkErrorCode(errorCode, `finding the end of epoch ${epoch} of ${of.topic}-${of.partition}`, {
            api: 'OffsetForLeaderEpoch',
            topic: of.topic,
          });
          return endOffset;
        },
      );
    },
  };
}

interface WireOffsets {
  readonly responses: readonly {
    readonly partitions: readonly { readonly errorCode: number; readonly offset: string }[];
  }[];
}
