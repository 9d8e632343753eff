import type { ReadRecords } from '../../revisions/filter-store.ts';
import { offsetTimes } from '../client/list-offsets.ts';
import type { PartitionReader } from '../client/partition-reader.ts';
import { rangeFetchBytes, readRange } from '../client/read-range.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';

/** What a partition holds now, from the first record with at least that timestamp on. */
export async function* readToEnd(
  reader: Pick<PartitionReader, 'fetch' | 'offsetAt'>,
  from: TopicPartition,
  fromTimestampMs: number,
): AsyncGenerator<ReadRecords> {
  const endOffset = await reader.offsetAt(from, offsetTimes.end);
  const first = await reader.offsetAt(from, fromTimestampMs);
  const start = first < 0 ? endOffset : first;
  if (start >= endOffset) {
    // So a missing right shows at the first start, not only when there is something to read.
    yield await reader.fetch(from, { fromOffset: endOffset, maxWaitMs: 0, maxBytes: rangeFetchBytes });
  }
  for await (const read of readRange(reader, from, { start, end: endOffset })) {
    yield { ...read, endOffset };
  }
}
