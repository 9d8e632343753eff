import type { AbortedTransaction } from './read-record-batches.ts';
import type { TopicPartition } from './topic-partition.ts';
import { WireReader } from './wire-reader.ts';

/** One partition in a Fetch response. */
export interface FetchedPartition {
  readonly errorCode: number;
  /** The offset after the last replicated record, whether its transaction is committed or not. */
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly abortedTransactions: readonly AbortedTransaction[];
  /** Record batches as the broker stores them. The last one may be cut off. */
  readonly recordSet: Buffer;
}

/** A decoded Fetch response. */
export interface FetchedPartitions {
  /** Set if the response as a whole is an error. */
  readonly failed?: FetchedPartition;
  /** By topic, then by partition number. */
  readonly topics: ReadonlyMap<string, ReadonlyMap<number, FetchedPartition>>;
}

/** Uses the highest Fetch version without flexible fields (KIP-482). */
export const fetchCodec = { version: 11, decode: decodeFetchAnswers, throttleAt: 0 } as const;

/**
 * Decodes a Fetch response but not its record batches. kafkajs would decode them too, and allocate an object for every
 * header of every record.
 *
 * @throws RangeError if the bytes end too early
 */
export function decodeFetchAnswers(payload: Buffer): FetchedPartitions {
  const reader = new WireReader(payload);
  reader.int32(); // throttle time
  const errorCode = reader.int16();
  const topics = new Map<string, Map<number, FetchedPartition>>();
  if (errorCode !== 0) {
    return { failed: { ...nothing, errorCode }, topics };
  }
  reader.int32(); // session
  reader.array(() => {
    const topic = reader.string();
    topics.set(topic, new Map(reader.array(() => decodePartition(reader))));
  });
  return { topics };
}

/** @returns the partition's part of a response, `undefined` if the response does not contain the partition */
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

const nothing: Omit<FetchedPartition, 'errorCode'> = {
  highWatermark: -1,
  lastStableOffset: -1,
  abortedTransactions: [],
  recordSet: Buffer.alloc(0),
};
