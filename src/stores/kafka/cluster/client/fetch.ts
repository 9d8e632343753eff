import { type FetchedPartition, type FetchedPartitions, findPartition } from '../../wire/fetch-codec.ts';
import { RecordSetReader } from '../../wire/read-record-batches.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import { checkErrorCode, KafkaAnswerError, unknownErrorCode } from '../errors/kafka-answer-error.ts';
import type { WantedRecords } from './fetch-batch.ts';
import type { PartitionCalls } from './partition-calls.ts';

export interface FetchOptions {
  readonly fromOffset: number;
  readonly maxWaitMs: number;
  /** Limit in bytes for both the response and the decompressed records. A single batch may exceed this limit. */
  readonly maxBytes: number;
  /**
   * Returns the expected leader epoch. Called before each attempt, and before more of an earlier response is read.
   * The request includes the epoch, so a leader with a different epoch rejects it. An error from this function ends
   * the read.
   */
  readonly leaderEpoch?: () => Promise<number>;
}

/** A fetched response that is decompressed one part at a time. */
export interface OpenFetch {
  readonly sets: RecordSetReader;
  readonly endOffset: number;
  readonly byteCount: number;
}

/** Fetches from the partition leader, and repeats the request until the leader responds. */
export async function fetchPartition(
  calls: PartitionCalls,
  from: TopicPartition,
  options: FetchOptions,
): Promise<OpenFetch> {
  const { topic, partition } = from;
  const { fromOffset: fetchOffset, maxWaitMs, maxBytes, leaderEpoch } = options;
  const { recordSet, abortedTransactions, lastStableOffset } = await calls.read(
    from,
    async () => {
      const currentLeaderEpoch = (await leaderEpoch?.()) ?? -1;
      const position = { topic, partition, fetchOffset, currentLeaderEpoch };
      return { api: 'Fetch', parameters: { ...position, maxWaitMs, maxBytes } satisfies WantedRecords };
    },
    (answer) => checkFetchAnswer(from, findPartition(answer as FetchedPartitions, from)),
  );
  return {
    sets: new RecordSetReader(copyRecordSet(recordSet), fetchOffset, abortedTransactions),
    endOffset: lastStableOffset,
    byteCount: recordSet.length,
  };
}

/** Copies a record set from a much larger response, which would otherwise remain in memory. */
function copyRecordSet(recordSet: Buffer): Buffer {
  return recordSet.buffer.byteLength > 2 * recordSet.length ? Buffer.from(recordSet) : recordSet;
}

function checkFetchAnswer(
  { topic, partition }: TopicPartition,
  fetched: FetchedPartition | undefined,
): FetchedPartition {
  if (fetched === undefined) {
    // A throttling broker omits the partition from its response. The connection then pauses for the time that the
    // response specifies.
    throw new KafkaAnswerError(
      'wait',
      unknownErrorCode,
      `the response does not contain ${topic}-${partition}`,
    );
  }
  checkErrorCode(fetched.errorCode, `cannot read ${topic}-${partition}`, { api: 'Fetch', topic });
  return fetched;
}
