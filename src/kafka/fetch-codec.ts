import type { AbortedTransaction } from './read-record-batches.ts';

/** What a fetch answer says of its one partition. */
export interface FetchedPartition {
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly abortedTransactions: readonly AbortedTransaction[];
  /** Record batches as stored; the last one may be cut off. */
  readonly recordSet: Buffer;
}

/** Version of Fetch that the reader below understands. @see https://kafka.apache.org/protocol#The_Messages_Fetch */
export const fetchVersion = 11;

export const fetchThrottleAt = 0;

/**
 * Leaves the record batches as they are: kafkajs would make an object of every header of every record.
 *
 * @returns `undefined` when the answer does not speak of any partition: it was throttled
 */
export function decodeFetchAnswer(payload: Buffer): FetchedPartition | undefined {
  const errorCode = payload.readInt16BE(4);
  if (errorCode !== 0) {
    return { ...nothing, errorCode };
  }
  const topicCount = payload.readInt32BE(10);
  if (topicCount === 0 || payload.readInt32BE(16 + payload.readInt16BE(14)) === 0) {
    return undefined;
  }
  // Throttle time, error code, session id, number of topics, topic, number of partitions, partition.
  const topicLength = payload.readInt16BE(14);
  let at = 16 + topicLength + 4 + 4;
  const head = {
    errorCode: payload.readInt16BE(at),
    highWatermark: Number(payload.readBigInt64BE(at + 2)),
    lastStableOffset: Number(payload.readBigInt64BE(at + 10)),
    logStartOffset: Number(payload.readBigInt64BE(at + 18)),
  };
  const abortedCount = payload.readInt32BE(at + 26);
  at += 30;
  const abortedTransactions: AbortedTransaction[] = [];
  for (let left = abortedCount; left > 0; left -= 1) {
    abortedTransactions.push({
      producerId: payload.readBigInt64BE(at).toString(),
      firstOffset: Number(payload.readBigInt64BE(at + 8)),
    });
    at += 16;
  }
  // Preferred read replica, size of the record set.
  const size = payload.readInt32BE(at + 4);
  at += 8;
  return { ...head, abortedTransactions, recordSet: payload.subarray(at, at + Math.max(0, size)) };
}

const nothing: Omit<FetchedPartition, 'errorCode'> = {
  highWatermark: -1,
  lastStableOffset: -1,
  logStartOffset: -1,
  abortedTransactions: [],
  recordSet: Buffer.alloc(0),
};
