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

/** What a fetch answer says of several partitions. */
export interface FetchedPartitions {
  /** The answer as a whole is an error. */
  readonly failed?: FetchedPartition;
  readonly partitions: readonly (FetchedPartition & { readonly topic: string; readonly partition: number })[];
}

/**
 * Of a request for one partition.
 *
 * @returns `undefined` when the answer does not speak of any partition: it was throttled
 */
export function decodeFetchAnswer(payload: Buffer): FetchedPartition | undefined {
  const { failed, partitions } = decodeFetchAnswers(payload);
  return failed ?? partitions[0];
}

/** Leaves the record batches as they are: kafkajs would make an object of every header of every record. */
export function decodeFetchAnswers(payload: Buffer): FetchedPartitions {
  // Throttle time, error code, session id, then the topics.
  const errorCode = payload.readInt16BE(4);
  if (errorCode !== 0) {
    return { failed: { ...nothing, errorCode }, partitions: [] };
  }
  const partitions: FetchedPartitions['partitions'][number][] = [];
  let at = 14;
  for (let topics = payload.readInt32BE(10); topics > 0; topics -= 1) {
    const nameEnd = at + 2 + payload.readInt16BE(at);
    const topic = payload.toString('utf8', at + 2, nameEnd);
    at = nameEnd + 4;
    for (let left = payload.readInt32BE(nameEnd); left > 0; left -= 1) {
      const { end, ...fetched } = decodePartition(payload, at);
      partitions.push({ topic, ...fetched });
      at = end;
    }
  }
  return { partitions };
}

function decodePartition(payload: Buffer, start: number) {
  const head = {
    partition: payload.readInt32BE(start),
    errorCode: payload.readInt16BE(start + 4),
    highWatermark: Number(payload.readBigInt64BE(start + 6)),
    lastStableOffset: Number(payload.readBigInt64BE(start + 14)),
    logStartOffset: Number(payload.readBigInt64BE(start + 22)),
  };
  let at = start + 34;
  const abortedTransactions: AbortedTransaction[] = [];
  for (let left = payload.readInt32BE(start + 30); left > 0; left -= 1) {
    abortedTransactions.push({
      producerId: payload.readBigInt64BE(at).toString(),
      firstOffset: Number(payload.readBigInt64BE(at + 8)),
    });
    at += 16;
  }
  // Preferred read replica, size of the record set.
  const end = at + 8 + Math.max(0, payload.readInt32BE(at + 4));
  return { ...head, abortedTransactions, recordSet: payload.subarray(at + 8, end), end };
}

const nothing: Omit<FetchedPartition, 'errorCode'> = {
  highWatermark: -1,
  lastStableOffset: -1,
  logStartOffset: -1,
  abortedTransactions: [],
  recordSet: Buffer.alloc(0),
};
