import type { KafkaCall } from '../../cluster/kafkajs/kafka-connection.ts';
import { type FetchedPartitions, findPartition } from '../../wire/fetch-codec.ts';

/** A Fetch of one partition that waits to be sent. */
export interface PendingFetch {
  readonly call: KafkaCall;
  /** It goes alone: no other partition takes the room of an answer. */
  readonly isAlone: boolean;
}

interface WirePartition {
  readonly partition: number;
  readonly fetchOffset: number;
  readonly maxBytes: number;
}

interface OnePartition {
  readonly maxWaitTime: number;
  readonly topics: readonly [{ readonly topic: string; readonly partitions: readonly [WirePartition] }];
}

/**
 * All that one request for several partitions may bring, but for a whole batch at its end. Each of them may bring
 * `leastBytes`, so that with more than 256 the last ones may bring nothing, and are asked for alone.
 */
const budgetBytes = 16 * 1024 * 1024;
const leastBytes = 64 * 1024;

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
    const { topic, wanted } = toWanted(each);
    const name = `${topic}/${wanted.partition}`;
    if (batch.has(name)) {
      rest.push(each);
    } else {
      batch.set(name, each);
    }
  }
  return { batch: [...batch.values()], rest };
}

/** One request for all of them. The broker waits for records for the shortest of their times. */
export function toFetchCall(batch: readonly PendingFetch[]): KafkaCall {
  const isAlone = batch.length === 1;
  const share = isAlone ? Number.POSITIVE_INFINITY : Math.max(leastBytes, budgetBytes / batch.length);
  const wanted = batch.map((each) => {
    const { topic, wanted: own } = toWanted(each);
    return { topic, partition: { ...own, maxBytes: Math.min(own.maxBytes, Math.floor(share)) } };
  });
  const { call: first } = batch[0] as PendingFetch;
  return {
    ...first,
    parameters: {
      ...first.parameters,
      maxWaitTime: Math.min(...batch.map(({ call }) => toParameters(call).maxWaitTime)),
      maxBytes: Math.min(
        isAlone ? Number.POSITIVE_INFINITY : budgetBytes,
        wanted.reduce((sum, { partition }) => sum + partition.maxBytes, 0),
      ),
      topics: [...Map.groupBy(wanted, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
        topic,
        partitions: ofTopic.map(({ partition }) => partition),
      })),
    },
    timeoutMs: Math.max(...batch.map(({ call }) => call.timeoutMs ?? 0)),
  };
}

/** A batch begins with its base offset and its length: 8 and 4 bytes. */
const lengthEndsAt = 12;

/**
 * Whether the records are missing because the other partitions have used up what the answer may hold. Without this check
 * an empty part would mean the end of the log.
 */
export function isCutShort(fetch: PendingFetch, answer: FetchedPartitions): boolean {
  const { topic, wanted } = toWanted(fetch);
  const fetched = findPartition(answer, { topic, partition: wanted.partition });
  if (fetched === undefined || fetched.errorCode !== 0) {
    return false;
  }
  const { recordSet, lastStableOffset } = fetched;
  if (recordSet.length === 0) {
    return lastStableOffset > wanted.fetchOffset;
  }
  return recordSet.length < lengthEndsAt || recordSet.length < lengthEndsAt + recordSet.readInt32BE(8);
}

function toWanted({ call }: PendingFetch): { readonly topic: string; readonly wanted: WirePartition } {
  const [{ topic, partitions }] = toParameters(call).topics;
  return { topic, wanted: partitions[0] };
}

function toParameters({ parameters }: KafkaCall): OnePartition {
  return parameters as OnePartition;
}
