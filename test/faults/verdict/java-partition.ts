/**
 * Returns the partition that a Java producer chooses for this key. The implementation is derived from Kafka's
 * Utils.murmur2, independently of the product's code.
 */
export function javaPartition(key: Buffer, partitionCount: number): number {
  return (murmur2(key) & 0x7f_ff_ff_ff) % partitionCount;
}

function murmur2(data: Buffer): number {
  const multiplier = 0x5b_d1_e9_95;
  const wholeWords = data.length & ~3;
  let hash = 0x97_47_b2_8c ^ data.length;
  for (let at = 0; at < wholeWords; at += 4) {
    let word = Math.imul(data.readInt32LE(at), multiplier);
    word = Math.imul(word ^ (word >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  const rest = data.subarray(wholeWords);
  if (rest.length > 0) {
    for (const [index, byte] of rest.entries()) {
      hash ^= byte << (8 * index);
    }
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}
