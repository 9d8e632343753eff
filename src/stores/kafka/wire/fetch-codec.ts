import type { AbortedTransaction } from './read-record-batches.ts';
import type { TopicPartition } from './topic-partition.ts';
import { WireReader } from './wire-reader.ts';

/** What a fetch answer says of one partition. */
export interface FetchedPartition {
  readonly errorCode: number;
  /** Behind the last record that is written, committed or not. */
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly abortedTransactions: readonly AbortedTransaction[];
  /** Record batches as stored; the last one may be cut off. */
  readonly recordSet: Buffer;
}

/** What a fetch answer says of several partitions. */
export interface FetchedPartitions {
  /** The answer as a whole is an error. */
  readonly failed?: FetchedPartition;
  /** By topic, then by number. */
  readonly topics: ReadonlyMap<string, ReadonlyMap<number, FetchedPartition>>;
}

/** The highest version without flexible fields (KIP-482). */
export const fetchCodec = { version: 11, decode: decodeFetchAnswers, throttleAt: 0 } as const;

/**
 * Does not decode the record batches. kafkajs would, and make an object of every header of every record.
 *
 * @throws RangeError for bytes that end too early
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

/** One partition's part of an answer; `undefined` when the answer leaves the partition out. */
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
