import type { PlacedRecord, ReadObserver, ReadOptions, RecordSelection } from '../../ports/record-reader.ts';
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
  const leftOut: string[] = [];
  const options: ReadOptions = {
    follow: false,
    signal,
    observer: {
      ...observer,
      begins(part, ...amount) {
        parts.push(part);
        observer.begins(part, ...amount);
      },
      notice(text, isLeftOut) {
        if (isLeftOut === true) {
          leftOut.push(text);
        }
        observer.notice(text);
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
  return { found, parts, leftOut };
}
