import { checkedFrom, isSealed } from '../../../support/kafka/seal-batch.ts';
import { prefixBytes, transactionalBit, writeBatch } from './write-batch.ts';

/** A record batch as stored in a log. */
export interface StoredBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly leaderEpoch: number;
  readonly maxTimestampMs: number;
  /** −1 if the producer is not idempotent or transactional. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly count: number;
  readonly isTransactional: boolean;
  /** Set for a control batch: whether the producer's transaction was committed or aborted. */
  readonly marker?: 'commit' | 'abort';
  readonly bytes: Buffer;
}

const markerTypes = { abort: 0, commit: 1 } as const;
/** Splits a record set into batches and assigns their offsets. The checksum does not cover the base offset. */
export function toStoredBatches(set: Buffer, firstOffset: number, leaderEpoch: number): StoredBatch[] {
  const batches: StoredBatch[] = [];
  let baseOffset = firstOffset;
  for (let at = 0; at < set.length; ) {
    const end = at + prefixBytes + set.readInt32BE(at + 8);
    const batch = placeBatch(Buffer.from(set.subarray(at, end)), baseOffset, leaderEpoch);
    batches.push(batch);
    baseOffset = batch.lastOffset + 1;
    at = end;
  }
  return batches;
}

function placeBatch(bytes: Buffer, baseOffset: number, leaderEpoch: number): StoredBatch {
  if (bytes.readInt8(16) !== 2 || !isSealed(bytes)) {
    throw new RangeError('What was sent is no record batch');
  }
  bytes.writeBigInt64BE(BigInt(baseOffset), 0);
  bytes.writeInt32BE(leaderEpoch, 12);
  const attributes = bytes.readInt16BE(checkedFrom);
  return {
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(23),
    leaderEpoch,
    maxTimestampMs: Number(bytes.readBigInt64BE(35)),
    producerId: bytes.readBigInt64BE(43),
    producerEpoch: bytes.readInt16BE(51),
    firstSequence: bytes.readInt32BE(53),
    count: bytes.readInt32BE(57),
    isTransactional: (attributes & transactionalBit) !== 0,
    bytes,
  };
}

export interface MarkerFacts {
  readonly baseOffset: number;
  readonly leaderEpoch: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly marker: 'commit' | 'abort';
  readonly nowMs: number;
}

/** Creates the control batch that ends a transaction. @see https://kafka.apache.org/documentation/#controlbatch */
export function toMarkerBatch(facts: MarkerFacts): StoredBatch {
  const { baseOffset, leaderEpoch, producerId, producerEpoch, marker, nowMs } = facts;
  // The key consists of a version and a type. The value consists of a version and the coordinator epoch.
  const record = { key: Buffer.from([0, 0, 0, markerTypes[marker]]), value: Buffer.alloc(6), headers: {} };
  const bytes = writeBatch([record], {
    ...{ nowMs, baseOffset, leaderEpoch, isControl: true },
    producer: { producerId, producerEpoch },
  });
  return {
    baseOffset,
    lastOffset: baseOffset,
    leaderEpoch,
    maxTimestampMs: nowMs,
    producerId,
    producerEpoch,
    firstSequence: -1,
    count: 1,
    isTransactional: true,
    marker,
    bytes,
  };
}
