import {
  collectSkipped,
  type ReadObserver,
  type ReadOptions,
  type RecordSelection,
  type StoredRecord,
} from '../../ports/record-reader.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';

export interface SearchDeps {
  readonly read: (selection: RecordSelection, options: ReadOptions) => AsyncIterable<readonly StoredRecord[]>;
  readonly observer: ReadObserver;
  readonly signal: AbortSignal;
}

export interface Search {
  readonly selection: RecordSelection;
  readonly isWanted: (record: StoredRecord) => boolean;
}

export interface SearchResult {
  readonly found: readonly StoredRecord[];
  /** Names of the partitions, streams, queues or journals that were read. The list is empty if none of them exists. */
  readonly parts: readonly string[];
  /** Reasons why stored records could not be read, one sentence each. */
  readonly skipped: readonly string[];
}

/** Reads the selected records once and returns those that `isWanted` accepts. */
export async function searchStore(
  { read, observer, signal }: SearchDeps,
  { selection, isWanted }: Search,
): Promise<SearchResult> {
  const parts: string[] = [];
  const foundRecords: StoredRecord[] = [];
  const skippedCollector = collectSkipped(observer);
  const options: ReadOptions = {
    follow: false,
    signal,
    observer: {
      ...skippedCollector.observer,
      onStart(part, ...amount) {
        parts.push(part);
        observer.onStart(part, ...amount);
      },
    },
  };
  for await (const batch of untilAborted(read(selection, options), signal)) {
    for (const record of batch) {
      if (isWanted(record)) {
        // The value is copied, because it is a slice of the whole batch and would keep the batch in memory.
        foundRecords.push({ ...record, value: Buffer.from(record.value) });
      }
    }
  }
  return { found: foundRecords, parts, skipped: skippedCollector.skipped };
}
