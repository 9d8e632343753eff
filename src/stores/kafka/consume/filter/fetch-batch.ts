import type { KafkaCall } from '../../cluster/kafkajs/kafka-connection.ts';
import { apiVersions } from '../../wire/api-versions.ts';
import {
  decodeFetchAnswers,
  type FetchedPartition,
  type FetchedPartitions,
  fetchThrottleAt,
  findPartition,
} from '../../wire/fetch-codec.ts';
import { groupByTopic, type PendingCall, takeEachPartitionOnce, toWanted } from './gathering.ts';

interface WirePartition {
  readonly partition: number;
  readonly fetchOffset: number;
  readonly maxBytes: number;
}

/**
 * All that one request for several partitions may bring, but for a whole batch at its end. Each of them may bring
 * `leastBytes`, so that with more than 256 the last ones may bring nothing, and are asked for alone.
 */
const budgetBytes = 16 * 1024 * 1024;
const leastBytes = 64 * 1024;

/** What the next request asks for: all that wait, each partition once; or one that has to be sent alone. */
export function takeFetchBatch<T extends PendingCall>(waiting: readonly T[]): { batch: T[]; rest: T[] } {
  const alone = waiting.find(({ isAlone }) => isAlone);
  if (alone !== undefined) {
    return { batch: [alone], rest: waiting.filter((each) => each !== alone) };
  }
  return takeEachPartitionOnce(waiting);
}

/** One request for all of them. The broker waits for records for the shortest of their times. */
export function toFetchCall(batch: readonly PendingCall[]): KafkaCall {
  const share =
    batch.length === 1 ? Number.POSITIVE_INFINITY : Math.max(leastBytes, budgetBytes / batch.length);
  const topics = groupByTopic(
    batch.map((each) => {
      const { topic, wanted } = toWanted<WirePartition>(each);
      return { topic, wanted: { ...wanted, maxBytes: Math.min(wanted.maxBytes, Math.floor(share)) } };
    }),
  );
  return {
    api: 'Fetch',
    parameters: {
      ...batch[0]?.call.parameters,
      maxWaitTime: Math.min(...batch.map(waitOf)),
      maxBytes: Math.min(
        batch.length === 1 ? Number.POSITIVE_INFINITY : budgetBytes,
        topics.flatMap(({ partitions }) => partitions).reduce((sum, { maxBytes }) => sum + maxBytes, 0),
      ),
      topics,
    },
    timeoutMs: Math.max(...batch.map(({ call }) => call.timeoutMs ?? 0)),
    codec: {
      version: apiVersions.Fetch,
      decode: (payload) => decodeFetchAnswers(payload, batch.length),
      throttleAt: fetchThrottleAt,
    },
  };
}

/** One partition's part of an answer; `undefined` when the answer leaves the partition out. */
export function findFetched(fetch: PendingCall, answer: FetchedPartitions): FetchedPartition | undefined {
  const { topic, wanted } = toWanted(fetch);
  return findPartition(answer, { topic, partition: wanted.partition });
}

/** A batch begins with its base offset and its length: 8 and 4 bytes. */
const lengthEndsAt = 12;

/**
 * Whether the records are missing because the other partitions have used up what the answer may hold. Without this check
 * an empty part would mean the end of the log.
 */
export function isCutShort(fetch: PendingCall, fetched: FetchedPartition): boolean {
  const { errorCode, recordSet, lastStableOffset } = fetched;
  if (errorCode !== 0) {
    return false;
  }
  if (recordSet.length === 0) {
    return lastStableOffset > toWanted<WirePartition>(fetch).wanted.fetchOffset;
  }
  return recordSet.length < lengthEndsAt || recordSet.length < lengthEndsAt + recordSet.readInt32BE(8);
}

function waitOf({ call }: PendingCall): number {
  return (call.parameters as { readonly maxWaitTime: number }).maxWaitTime;
}
