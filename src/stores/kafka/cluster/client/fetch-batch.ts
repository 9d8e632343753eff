import { type FetchedPartitions, fetchCodec, findPartition } from '../../wire/fetch-codec.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';
import { isolationLevels } from './list-offsets.ts';

/** What is wanted of one partition. */
export interface WantedRecords extends TopicPartition {
  readonly fetchOffset: number;
  /** As the reader knows it: another leader refuses. −1: whoever leads answers. */
  readonly currentLeaderEpoch: number;
  /** For the first record. */
  readonly maxWaitMs: number;
  /** A batch may exceed it. */
  readonly maxBytes: number;
}

/** A Fetch of one partition that waits to be sent. */
export interface PendingFetch {
  readonly wanted: WantedRecords;
  /** It goes alone: no other partition takes the room of an answer. */
  readonly isAlone: boolean;
}

/**
 * All that one request for several partitions may bring, but for a whole batch at its end. Each of them may bring
 * `leastBytes`, so that with more than 256 the last ones may bring nothing, and are asked for alone.
 */
const budgetBytes = 16 * 1024 * 1024;
const leastBytes = 64 * 1024;
/** How much longer than the requested wait an answer may take. */
const answerTimeoutMs = 10_000;

/**
 * What the next request asks for: all that wait, each partition once, because brokers refuse to be asked twice about one; or one
 * that has to be sent alone.
 */
export function takeFetchBatch<T extends PendingFetch>(waiting: readonly T[]): { batch: T[]; rest: T[] } {
  const alone = waiting.find(({ isAlone }) => isAlone);
  if (alone !== undefined) {
    return { batch: [alone], rest: waiting.filter((each) => each !== alone) };
  }
  const batch = new Map<string, T>();
  const rest: T[] = [];
  for (const each of waiting) {
    const name = `${each.wanted.topic}/${each.wanted.partition}`;
    if (batch.has(name)) {
      rest.push(each);
    } else {
      batch.set(name, each);
    }
  }
  return { batch: [...batch.values()], rest };
}

/** One request for all of them, for committed records. The broker waits for these for the shortest of their times. */
export function toFetchCall(batch: readonly PendingFetch[]): KafkaCall {
  const isAlone = batch.length === 1;
  const share = isAlone ? Number.POSITIVE_INFINITY : Math.max(leastBytes, budgetBytes / batch.length);
  const parts = batch.map(({ wanted }) => {
    const { topic, partition, currentLeaderEpoch, fetchOffset } = wanted;
    const maxBytes = Math.min(wanted.maxBytes, Math.floor(share));
    return { topic, partition: { partition, currentLeaderEpoch, fetchOffset, maxBytes } };
  });
  const sumBytes = parts.reduce((sum, { partition }) => sum + partition.maxBytes, 0);
  const maxWaitTime = Math.min(...batch.map(({ wanted }) => wanted.maxWaitMs));
  return {
    api: 'Fetch',
    parameters: {
      maxWaitTime,
      minBytes: 1,
      maxBytes: isAlone ? sumBytes : Math.min(budgetBytes, sumBytes),
      isolationLevel: isolationLevels.readCommitted,
      topics: [...Map.groupBy(parts, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
        topic,
        partitions: ofTopic.map(({ partition }) => partition),
      })),
      rackId: '',
    },
    timeoutMs: maxWaitTime + answerTimeoutMs,
    codec: fetchCodec,
  };
}

/** A batch begins with its base offset and its length: 8 and 4 bytes. */
const lengthEndsAt = 12;

/**
 * Whether the records are missing because the other partitions have used up what the answer may hold. Without this check
 * an empty part would mean the end of the log.
 */
export function isCutShort({ wanted }: PendingFetch, answer: FetchedPartitions): boolean {
  const fetched = findPartition(answer, wanted);
  if (fetched === undefined || fetched.errorCode !== 0) {
    return false;
  }
  const { recordSet, lastStableOffset } = fetched;
  if (recordSet.length === 0) {
    return lastStableOffset > wanted.fetchOffset;
  }
  return recordSet.length < lengthEndsAt || recordSet.length < lengthEndsAt + recordSet.readInt32BE(8);
}
