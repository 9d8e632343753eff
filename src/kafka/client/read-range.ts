import type { TopicPartition } from '../wire/topic-partition.ts';
import { offsetTimes } from './list-offsets.ts';
import type { FetchedRecords, PartitionReader } from './partition-reader.ts';

const fetchBytes = 1024 * 1024;
const waitMs = 500;
/** One empty answer may come from a busy broker. A second one means that compaction has left the end of the range empty. */
const emptyAnswersAtEnd = 2;

/**
 * What a partition holds between two offsets, in parts; the last part may reach further. The next part is read while one is
 * used.
 */
export async function* readRange(
  reader: Pick<PartitionReader, 'fetch'>,
  of: TopicPartition,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<FetchedRecords> {
  function fetch(fromOffset: number): Promise<FetchedRecords> {
    const fetching = reader.fetch(of, { fromOffset, maxWaitMs: waitMs, maxBytes: fetchBytes });
    // Nobody waits for it when the parts before are not used to their end.
    fetching.catch(() => {});
    return fetching;
  }

  let emptyAnswers = 0;
  let next = start < end ? fetch(start) : undefined;
  while (next !== undefined) {
    const read = await next;
    const isEmpty = read.byteCount === 0 && read.endOffset >= end;
    emptyAnswers = isEmpty ? emptyAnswers + 1 : 0;
    next = read.nextOffset < end && emptyAnswers < emptyAnswersAtEnd ? fetch(read.nextOffset) : undefined;
    yield read;
  }
}

/** What a partition holds now, from the first record with at least that timestamp on. */
export async function* readToEnd(
  reader: Pick<PartitionReader, 'fetch' | 'offsetAt'>,
  of: TopicPartition,
  fromTimestampMs: number,
): AsyncGenerator<FetchedRecords> {
  const endOffset = await reader.offsetAt(of, offsetTimes.end);
  const first = await reader.offsetAt(of, fromTimestampMs);
  const start = first < 0 ? endOffset : first;
  if (start >= endOffset) {
    // So a missing right shows at the first start, not only when there is something to read.
    yield await reader.fetch(of, { fromOffset: endOffset, maxWaitMs: 0, maxBytes: fetchBytes });
  }
  for await (const read of readRange(reader, of, { start, end: endOffset })) {
    yield { ...read, endOffset };
  }
}
