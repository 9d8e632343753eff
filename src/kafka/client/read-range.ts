import type { TopicPartition } from '../wire/topic-partition.ts';
import type { FetchedRecords, PartitionReader } from './partition-reader.ts';

export const rangeFetchBytes = 256 * 1024;
const waitMs = 500;
/** One empty answer may come from a busy broker. A second one means that compaction has left the end of the range empty. */
const emptyAnswersAtEnd = 2;

/** What a partition holds between two offsets, in parts; the last part may reach further. */
export async function* readRange(
  reader: Pick<PartitionReader, 'fetch'>,
  of: TopicPartition,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<FetchedRecords> {
  let at = start;
  let emptyAnswers = 0;
  while (at < end && emptyAnswers < emptyAnswersAtEnd) {
    const read = await reader.fetch(of, { fromOffset: at, maxWaitMs: waitMs, maxBytes: rangeFetchBytes });
    yield read;
    const isEmpty = read.byteCount === 0 && read.endOffset >= end;
    emptyAnswers = isEmpty ? emptyAnswers + 1 : 0;
    at = read.nextOffset;
  }
}
