import { checkErrorCode, KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';
import { apiVersions } from '../wire/api-versions.ts';
import {
  decodeFetchAnswers,
  type FetchedPartition,
  fetchThrottleAt,
  findPartition,
} from '../wire/fetch-codec.ts';
import { RecordSetReader } from '../wire/read-record-batches.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import { isolationLevels } from './list-offsets.ts';
import type { PartitionCalls } from './partition-calls.ts';

export interface FetchOptions {
  readonly fromOffset: number;
  readonly maxWaitMs: number;
  /** Of what the broker sends, and of the records that it becomes; a record or a batch may lead beyond it. */
  readonly maxBytes: number;
  /**
   * Called before each attempt, and before what was fetched is read on. The epoch is sent, so that another leader refuses;
   * what it throws ends the read.
   */
  readonly leaderEpoch?: () => Promise<number>;
}

/** What was fetched, and is decompressed part by part. */
export interface OpenFetch {
  readonly of: TopicPartition;
  readonly sets: RecordSetReader;
  readonly endOffset: number;
  readonly byteCount: number;
}

/** How much longer than the requested wait an answer may take. */
const answerTimeoutMs = 10_000;

/** Asks until the leader of the partition answers. */
export async function fetchPartition(
  calls: PartitionCalls,
  from: TopicPartition,
  options: FetchOptions,
): Promise<OpenFetch> {
  const { recordSet, abortedTransactions, lastStableOffset } = await calls.read(
    from,
    () => toFetch(from, options),
    (answer) => checkFetched(from, answer as FetchedPartition | undefined),
  );
  return {
    of: from,
    sets: new RecordSetReader(toOwnBytes(recordSet), options.fromOffset, abortedTransactions),
    endOffset: lastStableOffset,
    byteCount: recordSet.length,
  };
}

/** A part of an answer with many partitions would keep all of it in memory. */
function toOwnBytes(recordSet: Buffer): Buffer {
  return recordSet.buffer.byteLength > 2 * recordSet.length ? Buffer.from(recordSet) : recordSet;
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
