import { murmur2 } from './murmur2.ts';

const scratch = Buffer.allocUnsafe(1024);

/** The partition of a key, as Kafka's default partitioner chooses it. */
export function partitionFor(key: string, partitionCount: number): number {
  return toPositive(murmur2(encode(key))) % partitionCount;
}

/** Keys are short: encoding into one shared buffer saves an allocation for each record. */
function encode(key: string): Uint8Array {
  // Each UTF-16 unit takes three bytes of UTF-8 at most.
  if (key.length * 3 > scratch.length) {
    return Buffer.from(key);
  }
  return scratch.subarray(0, scratch.write(key));
}

/** Kafka clears the sign bit; it does not take the absolute value. */
function toPositive(hash: number): number {
  return hash & 0x7fffffff;
}
