import { type FetchedPartitions, fetchCodec, findPartition } from '../../wire/fetch-codec.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';
import { isolationLevels } from './list-offsets.ts';

export interface WantedRecords extends TopicPartition {
  readonly fetchOffset: number;
  /**
   * Leader epoch that the reader expects. A leader with a different epoch rejects the request, and −1 accepts any
   * leader.
   */
  readonly currentLeaderEpoch: number;
  /** Maximum time in milliseconds that the broker waits for the first record. */
  readonly maxWaitMs: number;
  /** Size limit of the response in bytes. A single batch may exceed this limit. */
  readonly maxBytes: number;
}

/** A Fetch of one partition that has not been sent yet. */
export interface PendingFetch {
  readonly wanted: WantedRecords;
  /** Whether the fetch needs its own request, so that no other partition uses up the size limit of the response. */
  readonly isAlone: boolean;
}

/**
 * Maximum bytes of a Fetch for several partitions, which the last batch may exceed. Each partition may return
 * `minPartitionBytes`. With more than 256 partitions, the last ones may return nothing and are then fetched alone.
 */
const maxFetchBytes = 16 * 1024 * 1024;
const minPartitionBytes = 64 * 1024;
/** Maximum time in milliseconds from the end of the requested wait until the response arrives. */
const answerTimeoutMs = 10_000;

/**
 * Selects the fetches for the next request: either one fetch that must be sent alone, or all other waiting fetches. A
 * request contains each partition only once, because brokers reject duplicates.
 */
export function takeFetchBatch<T extends PendingFetch>(waiting: readonly T[]): { batch: T[]; rest: T[] } {
  const unsharedFetch = waiting.find(({ isAlone }) => isAlone);
  if (unsharedFetch !== undefined) {
    return { batch: [unsharedFetch], rest: waiting.filter((each) => each !== unsharedFetch) };
  }
  const batch = new Map<string, T>();
  const remainingFetches: T[] = [];
  for (const each of waiting) {
    const name = `${each.wanted.topic}/${each.wanted.partition}`;
    if (batch.has(name)) {
      remainingFetches.push(each);
    } else {
      batch.set(name, each);
    }
  }
  return { batch: [...batch.values()], rest: remainingFetches };
}

/** Builds one request for committed records. The broker waits for the shortest wait time among the partitions. */
export function createFetchCall(batch: readonly PendingFetch[]): KafkaCall {
  const isSingleFetch = batch.length === 1;
  const bytesPerPartition = isSingleFetch
    ? Number.POSITIVE_INFINITY
    : Math.max(minPartitionBytes, maxFetchBytes / batch.length);
  const parts = batch.map(({ wanted }) => {
    const { topic, partition, currentLeaderEpoch, fetchOffset } = wanted;
    const maxBytes = Math.min(wanted.maxBytes, Math.floor(bytesPerPartition));
    return { topic, partition: { partition, currentLeaderEpoch, fetchOffset, maxBytes } };
  });
  const sumBytes = parts.reduce((sum, { partition }) => sum + partition.maxBytes, 0);
  const maxWaitMs = Math.min(...batch.map(({ wanted }) => wanted.maxWaitMs));
  return {
    api: 'Fetch',
    parameters: {
      maxWaitTime: maxWaitMs,
      minBytes: 1,
      maxBytes: isSingleFetch ? sumBytes : Math.min(maxFetchBytes, sumBytes),
      isolationLevel: isolationLevels.readCommitted,
      topics: [...Map.groupBy(parts, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
        topic,
        partitions: ofTopic.map(({ partition }) => partition),
      })),
      rackId: '',
    },
    timeoutMs: maxWaitMs + answerTimeoutMs,
    codec: fetchCodec,
  };
}

/** A batch begins with a base offset of 8 bytes and a length of 4 bytes. */
const batchLengthFieldEnd = 12;

/**
 * Checks whether records are missing because other partitions used up the size limit of the response. Without this
 * check, an empty result would look like the end of the log.
 */
export function isCutShortBySizeLimit({ wanted }: PendingFetch, answer: FetchedPartitions): boolean {
  const fetchedPartition = findPartition(answer, wanted);
  if (fetchedPartition === undefined || fetchedPartition.errorCode !== 0) {
    return false;
  }
  const { recordSet, lastStableOffset } = fetchedPartition;
  if (recordSet.length === 0) {
    return lastStableOffset > wanted.fetchOffset;
  }
  return (
    recordSet.length < batchLengthFieldEnd ||
    recordSet.length < batchLengthFieldEnd + recordSet.readInt32BE(8)
  );
}
