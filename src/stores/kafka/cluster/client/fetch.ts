import { type FetchedPartition, type FetchedPartitions, findPartition } from '../../wire/fetch-codec.ts';
import { RecordSetReader } from '../../wire/read-record-batches.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import { checkErrorCode, KafkaAnswerError, noErrorCode } from '../errors/kafka-answer-error.ts';
import type { WantedRecords } from './fetch-batch.ts';
import type { PartitionCalls } from './partition-calls.ts';

export interface FetchOptions {
  readonly fromOffset: number;
  readonly maxWaitMs: number;
  /** Bounds what the broker sends, and the records after decompression; one record or batch may exceed it. */
  readonly maxBytes: number;
  /**
   * Called before each attempt, and before what was fetched is read on. The epoch is sent, so that another leader refuses;
   * what it throws ends the read.
   */
  readonly leaderEpoch?: () => Promise<number>;
}

/** What was fetched, and is decompressed part by part. */
export interface OpenFetch {
  readonly sets: RecordSetReader;
  readonly endOffset: number;
  readonly byteCount: number;
}

/** Asks until the leader of the partition answers. */
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
    (answer) => checkFetched(from, findPartition(answer as FetchedPartitions, from)),
  );
  return {
    sets: new RecordSetReader(toOwnBytes(recordSet), fetchOffset, abortedTransactions),
    endOffset: lastStableOffset,
    byteCount: recordSet.length,
  };
}

/** A part of an answer with many partitions would keep all of it in memory. */
function toOwnBytes(recordSet: Buffer): Buffer {
  return recordSet.buffer.byteLength > 2 * recordSet.length ? Buffer.from(recordSet) : recordSet;
}

function checkFetched(
  { topic, partition }: TopicPartition,
  fetched: FetchedPartition | undefined,
): FetchedPartition {
  if (fetched === undefined) {
    // A broker that throttles answers so. The connection then waits for as long as the answer says.
    throw new KafkaAnswerError('wait', noErrorCode, `nothing of ${topic}-${partition} in the answer`);
  }
  checkErrorCode(fetched.errorCode, `reading ${topic}-${partition}`, { api: 'Fetch', topic });
  return fetched;
}
