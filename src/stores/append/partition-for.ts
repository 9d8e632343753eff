/** The partition of a key, as Kafka's default partitioner chooses it. */
export function partitionFor(key: string, partitionCount: number): number {
  return toPositive(murmur2(Buffer.from(key))) % partitionCount;
}

/** Kafka clears the sign bit; it does not take the absolute value. */
function toPositive(hash: number): number {
  return hash & 0x7fffffff;
}

/**
 * The hash of Kafka's own clients (`org.apache.kafka.common.utils.Utils.murmur2`), as a signed 32-bit integer.
 * The same key must go to the same partition as a Java, Flink or ksqlDB producer would choose: joins rely on it.
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
  const tail = length - blocksEnd;
  if (tail > 0) {
    if (tail === 3) {
      h ^= byteAt(data, blocksEnd + 2) << 16;
    }
    if (tail >= 2) {
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
 * Whether one of these keys lies where it does not belong while a topic has so many parts: it had another number of them
 * when they were stored, or another program chooses otherwise. Then a key may have records in any part.
 *
 * @param sample keys of the first records of a time, by the number of their part
 */
export function areMisplaced(sample: Iterable<readonly [part: number, key: string]>, count: number): boolean {
  for (const [part, key] of sample) {
    if (partitionFor(key, count) !== part) {
      return true;
    }
  }
  return false;
}

/** What a person is told then. */
export function describeGrowth(topic: string): string {
  return `${topic} has got more partitions since then, or somebody else chooses them: a key may have records in any of them, so all are read.`;
}
