import { LogChangedError } from '../../../../filter/filter-store.ts';
import type { FetchedRecords } from '../../cluster/client/partition-reader.ts';
import { readFirst } from '../../cluster/client/read-range.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';

interface LastState {
  /** Where the last state was written, and nothing has been since. */
  readonly at: number;
  readonly log: TopicPartition;
  readonly fetch: (fromOffset: number) => Promise<FetchedRecords>;
  /** It is not there. */
  readonly onMissing: () => void;
}

/**
 * Passes on what is read of the latest states to their end, and sees whether the last one is there. A log that has lost it may get
 * markers of aborted transactions in its place, and be as long as before. Compaction keeps a record behind which there is none.
 *
 * @throws {LogChangedError} at the end, when it is not there
 */
export async function* expectLastState(
  reads: AsyncIterable<FetchedRecords>,
  { at, log, fetch, onMissing }: LastState,
): AsyncGenerator<FetchedRecords> {
  let found: number | undefined;
  for await (const read of reads) {
    found = read.records.at(-1)?.offset ?? found;
    yield read;
  }
  // Nothing is read of a partition whose states are all older than the window.
  found ??= (await readFirst(fetch, log, at))?.offset;
  if (found === undefined || found < at) {
    onMissing();
    throw new LogChangedError(
      `${log.topic}-${log.partition} has no state at offset ${at}, the last one that was written`,
    );
  }
}
