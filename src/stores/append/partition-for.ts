/** Returns the partition that Kafka's default partitioner chooses for a key. */
export function partitionFor(key: string, partitionCount: number): number {
  return clearSignBit(murmur2(Buffer.from(key))) % partitionCount;
}

/** Kafka clears the sign bit instead of taking the absolute value. */
function clearSignBit(hash: number): number {
  return hash & 0x7fffffff;
}

/**
 * Computes the same hash as the Kafka Java client (`org.apache.kafka.common.utils.Utils.murmur2`), as a signed 32-bit
 * integer. Joins rely on every producer, such as Java, Flink or ksqlDB, sending a key to the same partition.
 */
export function murmur2(data: Uint8Array): number {
  const length = data.length;
  const blocksEnd = length & ~3;
  let h = seed ^ length;
  for (let i = 0; i < blocksEnd; i += 4) {
    let k =
      byteAt(data, i) |
      (byteAt(data, i + 1) << 8) |
      (byteAt(data, i + 2) << 16) |
      (byteAt(data, i + 3) << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    k = Math.imul(k, m);
    h = Math.imul(h, m) ^ k;
  }
  const trailingByteCount = length - blocksEnd;
  if (trailingByteCount > 0) {
    if (trailingByteCount === 3) {
      h ^= byteAt(data, blocksEnd + 2) << 16;
    }
    if (trailingByteCount >= 2) {
      h ^= byteAt(data, blocksEnd + 1) << 8;
    }
    h ^= byteAt(data, blocksEnd);
    h = Math.imul(h, m);
  }
  h ^= h >>> 13;
  h = Math.imul(h, m);
  return h ^ (h >>> 15);
}

const seed = 0x9747b28c | 0;
const m = 0x5bd1e995;

function byteAt(data: Uint8Array, index: number): number {
  return data[index] as number;
}

/**
 * Checks whether any of these keys is in a different partition from the one that `partitionFor` chooses. If so, the
 * topic had a different number of partitions when the record was stored, or another program chose the partition.
 * Records with this key may then be in any partition.
 *
 * @param sample keys of the first records in the time range, each with its partition
 */
export function wereKeysRepartitioned(
  sample: Iterable<readonly [part: number, key: string]>,
  count: number,
): boolean {
  for (const [part, key] of sample) {
    if (partitionFor(key, count) !== part) {
      return true;
    }
  }
  return false;
}

/** Describes a warning for the situation that `wereKeysRepartitioned` detects. */
export function describePartitionChange(topic: string): string {
  return `Reading all partitions of ${topic}, because a key may have records in any of them: the number of partitions has changed since these records were stored, or another program chooses partitions differently.`;
}
