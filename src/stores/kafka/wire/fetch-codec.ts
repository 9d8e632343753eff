import type { AbortedTransaction } from './read-record-batches.ts';
import type { TopicPartition } from './topic-partition.ts';
import { WireReader } from './wire-reader.ts';

export interface FetchedPartition {
  readonly errorCode: number;
  /** Offset after the last replicated record, regardless of whether its transaction is committed. */
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly abortedTransactions: readonly AbortedTransaction[];
  /** Record batches as stored by the broker. The last batch may be incomplete. */
  readonly recordSet: Buffer;
}

export interface FetchedPartitions {
  /** The error, if the broker rejected the whole request. */
  readonly failed?: FetchedPartition;
  readonly topics: ReadonlyMap<string, ReadonlyMap<number, FetchedPartition>>;
}

/** Codec for the highest Fetch version without flexible fields (KIP-482). */
export const fetchCodec = { version: 11, decode: decodeFetchAnswers, throttleAt: 0 } as const;

/**
 * Decodes a Fetch response without its record batches. kafkajs would also decode the batches, and would allocate an
 * object for every header of every record.
 *
 * @throws RangeError if the bytes end too early
 */
export function decodeFetchAnswers(payload: Buffer): FetchedPartitions {
  const reader = new WireReader(payload);
  reader.int32(); // throttle time
  const errorCode = reader.int16();
  const topics = new Map<string, Map<number, FetchedPartition>>();
  if (errorCode !== 0) {
    return { failed: { ...emptyPartition, errorCode }, topics };
  }
  reader.int32(); // session
  reader.array(() => {
    const topic = reader.string();
    topics.set(topic, new Map(reader.array(() => decodePartition(reader))));
  });
  return { topics };
}

/**
 * Finds a partition in a response.
 *
 * @returns the partition, or `undefined` if the response does not contain it
 */
export function findPartition(
  { failed, topics }: FetchedPartitions,
  { topic, partition }: TopicPartition,
): FetchedPartition | undefined {
  return failed ?? topics.get(topic)?.get(partition);
}

function decodePartition(reader: WireReader): [partition: number, fetched: FetchedPartition] {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64();
  const lastStableOffset = reader.int64();
  reader.int64(); // log start
  const abortedTransactions = reader.array(() => ({
    producerId: reader.bigInt64(),
    firstOffset: reader.int64(),
  }));
  reader.int32(); // preferred read replica
  const recordSet = reader.bytes();
  return [partition, { errorCode, highWatermark, lastStableOffset, abortedTransactions, recordSet }];
}

const emptyPartition: Omit<FetchedPartition, 'errorCode'> = {
  highWatermark: -1,
  lastStableOffset: -1,
  abortedTransactions: [],
  recordSet: Buffer.alloc(0),
};
