import type { KafkaRoutes } from '../cluster/kafka-routes.ts';
import { checkErrorCode, KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';
import { apiVersions } from '../wire/api-versions.ts';
import {
  decodeFetchAnswers,
  type FetchedPartition,
  fetchThrottleAt,
  findPartition,
} from '../wire/fetch-codec.ts';
import { type ReadBatches, readRecordBatches } from '../wire/read-record-batches.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import { readEpochEnd, toEpochEnds } from './epoch-ends.ts';
import { isolationLevels, offsetTimes, readOffsets, toListOffsets } from './list-offsets.ts';
import type { PartitionCalls } from './partition-calls.ts';

export interface FetchOptions {
  readonly fromOffset: number;
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  /** Called before each attempt. The epoch is sent, so that another leader refuses; what it throws ends the read. */
  readonly leaderEpoch?: () => Promise<number>;
}

export interface FetchedRecords extends ReadBatches {
  /** The first offset that cannot be read yet. */
  readonly endOffset: number;
  /** The size limit cut the answer: more records wait. */
  readonly isFull: boolean;
  /** What the broker sent, whole batches or not. */
  readonly byteCount: number;
}

export interface PartitionReader {
  /** @throws {KafkaAnswerError} `OFFSET_OUT_OF_RANGE` when the log does not have that offset */
  fetch(from: TopicPartition, options: FetchOptions): Promise<FetchedRecords>;
  /** The first offset whose record has at least that timestamp; also for `offsetTimes`. */
  offsetAt(of: TopicPartition, timestamp: number): Promise<number>;
  /** Behind the last record that every in-sync replica has, committed or not. */
  endOf(of: TopicPartition): Promise<number>;
  /**
   * Where the records of a leader's epoch end in the log as it is now; −1 when the log has no such epoch, `undefined` when
   * the broker cannot say.
   */
  epochEnd(of: TopicPartition, epoch: number): Promise<number | undefined>;
}

/** How much longer than the requested wait an answer may take. */
const answerTimeoutMs = 10_000;

export function createPartitionReader(calls: PartitionCalls, routes: KafkaRoutes): PartitionReader {
  function listOffset(of: TopicPartition, timestamp: number, isolationLevel: number): Promise<number> {
    const { topic, partition } = of;
    const call = toListOffsets({ topic, partitions: [partition], timestamp, isolationLevel });
    return calls.read(of, call, (answer) => {
      const offset = readOffsets(answer, topic).get(partition);
      if (offset === undefined) {
        throw new KafkaAnswerError('fail', -1, `no offset of ${topic}-${partition} in the answer`);
      }
      return offset;
    });
  }

  return {
    async fetch(from, options) {
      const { fromOffset, maxBytes } = options;
      const { recordSet, abortedTransactions, lastStableOffset } = await calls.read(
        from,
        () => toFetch(from, options),
        (answer) => checkFetched(from, answer as FetchedPartition | undefined),
      );
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
    offsetAt: (of, timestamp) => listOffset(of, timestamp, isolationLevels.readCommitted),
    endOf: (of) => listOffset(of, offsetTimes.end, isolationLevels.readUncommitted),
    async epochEnd(of, epoch) {
      if (
        epoch < 0 ||
        !(await calls.supports(of, 'OffsetForLeaderEpoch', apiVersions.OffsetForLeaderEpoch))
      ) {
        return undefined;
      }
      const { topic, partition } = of;
      return calls.read(
        of,
        async () => {
          const currentEpoch = (await routes.viewOf(of)).leaderEpoch ?? -1;
          return toEpochEnds([{ topic, partitions: [{ partition, currentEpoch, epoch }] }]);
        },
        (answer) => readEpochEnd(answer, of, epoch),
      );
    },
  };
}

async function toFetch(
  { topic, partition }: TopicPartition,
  { fromOffset, maxWaitMs, maxBytes, leaderEpoch }: FetchOptions,
): Promise<KafkaCall> {
  const currentLeaderEpoch = (await leaderEpoch?.()) ?? -1;
  return {
    api: 'Fetch',
    parameters: {
      maxWaitTime: maxWaitMs,
      minBytes: 1,
      maxBytes,
      isolationLevel: isolationLevels.readCommitted,
      topics: [{ topic, partitions: [{ partition, currentLeaderEpoch, fetchOffset: fromOffset, maxBytes }] }],
      rackId: '',
    },
    timeoutMs: maxWaitMs + answerTimeoutMs,
    codec: {
      version: apiVersions.Fetch,
      decode: (payload) => findPartition(decodeFetchAnswers(payload, 1), { topic, partition }),
      throttleAt: fetchThrottleAt,
    },
  };
}

function checkFetched(
  { topic, partition }: TopicPartition,
  fetched: FetchedPartition | undefined,
): FetchedPartition {
  if (fetched === undefined) {
    // A broker that throttles answers so. The connection then waits for as long as the answer says.
    throw new KafkaAnswerError('wait', -1, `nothing of ${topic}-${partition} in the answer`);
  }
  checkErrorCode(fetched.errorCode, `reading ${topic}-${partition}`, { api: 'Fetch', topic });
  return fetched;
}
