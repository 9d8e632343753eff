import type { ReadRecords } from '../../revisions/partition-hold.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import { offsetTimes } from './list-offsets.ts';
import type { PartitionReader } from './partition-reader.ts';

const fetchBytes = 256 * 1024;
const waitMs = 500;
/** One empty answer may come from a busy broker. A second one means that compaction has left the end of the log empty. */
const emptyAnswersAtEnd = 2;

/** What a partition holds now, from the first record with at least that timestamp on. */
export async function* readToEnd(
  reader: Pick<PartitionReader, 'fetch' | 'offsetAt'>,
  from: TopicPartition,
  fromTimestampMs: number,
): AsyncGenerator<ReadRecords> {
  const endOffset = await reader.offsetAt(from, offsetTimes.end);
  const first = await reader.offsetAt(from, fromTimestampMs);
  let at = first < 0 ? endOffset : first;
  let emptyAnswers = 0;
  if (at >= endOffset) {
    // So a missing right shows at the first start, not only when there is something to read.
    yield await reader.fetch(from, { fromOffset: endOffset, maxWaitMs: 0, maxBytes: fetchBytes });
  }
  while (at < endOffset && emptyAnswers < emptyAnswersAtEnd) {
    const read = await reader.fetch(from, { fromOffset: at, maxWaitMs: waitMs, maxBytes: fetchBytes });
    yield { ...read, endOffset };
    const isEmpty = read.byteCount === 0 && read.endOffset >= endOffset;
    emptyAnswers = isEmpty ? emptyAnswers + 1 : 0;
    at = read.nextOffset;
  }
}
