import { partitionFor } from './partition-for.ts';

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
