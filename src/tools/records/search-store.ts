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
  /** What was read. None: nothing of it is there. */
  readonly parts: readonly string[];
  /** What is stored and could not be read, as sentences. */
  readonly skipped: readonly string[];
}

/** Reads a part of a store once. */
export async function searchStore(
  { read, observer, signal }: SearchDeps,
  { selection, isWanted }: Search,
): Promise<SearchResult> {
  const parts: string[] = [];
  const found: StoredRecord[] = [];
  const kept = collectSkipped(observer);
  const options: ReadOptions = {
    follow: false,
    signal,
    observer: {
      ...kept.observer,
      onStart(part, ...amount) {
        parts.push(part);
        observer.onStart(part, ...amount);
      },
    },
  };
  for await (const batch of untilAborted(read(selection, options), signal)) {
    for (const record of batch) {
      if (isWanted(record)) {
        // Its bytes are a part of all that was read with it.
        found.push({ ...record, value: Buffer.from(record.value) });
      }
    }
  }
  return { found, parts, skipped: kept.skipped };
}
