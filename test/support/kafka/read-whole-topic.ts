import { readTopic, type StoredRecord } from './read-topic.ts';
import { readEnds } from './topics.ts';

/**
 * Reads a topic with kcat and checks that the result is complete. The offsets of each partition must run from 0 to its
 * end without gaps. The function supports only topics without transactions and compaction.
 */
export async function readWholeTopic(
  bootstrap: string,
  topic: string,
  headers = false,
): Promise<StoredRecord[]> {
  const ends = await readEnds(bootstrap, topic);
  const records = await readTopic({ bootstrap, topic, headers });
  const next = new Map<number, number>();
  for (const { partition, offset } of records) {
    const expected = next.get(partition) ?? 0;
    if (offset !== expected) {
      throw new Error(
        `${topic}-${partition} was read with a gap: offset ${offset} where ${expected} was due`,
      );
    }
    next.set(partition, offset + 1);
  }
  for (const { partition, high } of ends) {
    if ((next.get(partition) ?? 0) < Number(high)) {
      throw new Error(`${topic}-${partition} was read up to ${next.get(partition) ?? 0} of ${high}`);
    }
  }
  return records;
}
