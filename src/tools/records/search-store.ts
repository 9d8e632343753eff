import {
  keepLeftOut,
  type PlacedRecord,
  type ReadObserver,
  type ReadOptions,
  type RecordSelection,
} from '../../ports/record-reader.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';

export interface SearchDeps {
  readonly read: (selection: RecordSelection, options: ReadOptions) => AsyncIterable<readonly PlacedRecord[]>;
  readonly observer: ReadObserver;
  readonly signal: AbortSignal;
}

export interface Search {
  readonly selection: RecordSelection;
  readonly isWanted: (record: PlacedRecord) => boolean;
}

export interface SearchResult {
  readonly found: readonly PlacedRecord[];
  /** What was read. None: nothing of it is there. */
  readonly parts: readonly string[];
  /** What is stored and could not be read, as sentences. */
  readonly leftOut: readonly string[];
}

/** Reads a part of a store once. */
export async function searchStore(
  { read, observer, signal }: SearchDeps,
  { selection, isWanted }: Search,
): Promise<SearchResult> {
  const parts: string[] = [];
  const found: PlacedRecord[] = [];
  const kept = keepLeftOut(observer);
  const options: ReadOptions = {
    follow: false,
    signal,
    observer: {
      ...kept.observer,
      begins(part, ...amount) {
        parts.push(part);
        observer.begins(part, ...amount);
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
  return { found, parts, leftOut: kept.leftOut };
}
