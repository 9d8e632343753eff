import { expect } from 'vitest';
import type { RecordRole, RecordSelection, StoredRecord } from '../../../src/ports/record-reader.ts';
import type { FindHistoryDeps } from '../../../src/tools/records/find-history.ts';

export const topics = [{ events: 'events', deadLetter: 'dead', latest: 'latest' }];

type Batches = readonly (readonly StoredRecord[])[];

/**
 * Creates a fake store that returns the given records, reports skipped records, or fails. It records the selections
 * that it receives.
 */
export function searchIn(
  stored: Partial<Record<RecordRole | 'reconciled', Batches | Error>>,
  given: Partial<FindHistoryDeps> = {},
  skipped: Partial<Record<RecordRole, string>> = {},
) {
  const asked: RecordSelection[] = [];
  const notices: string[] = [];
  const deps: FindHistoryDeps = {
    ...{ topics, reconciledTopic: 'reconciled' },
    period: { sinceMs: 1, untilMs: 9, isToNow: false },
    signal: new AbortController().signal,
    observer: { onStart() {}, onProgress() {}, onWarning: (text) => void notices.push(text) },
    async *read(selection, { follow, observer }) {
      asked.push(selection);
      expect(follow).toBe(false);
      const what = selection.extraDirectory === 'reconciled' ? 'reconciled' : selection.role;
      const batches = stored[what];
      if (batches instanceof Error) {
        throw batches;
      }
      if (batches !== undefined || selection.mayBeMissing !== true) {
        observer.onStart(`${what}/0`, 1);
      }
      const text = skipped[selection.role];
      if (text !== undefined) {
        observer.onWarning(text, true);
      }
      yield* batches ?? [];
    },
    ...given,
  };
  return { asked, notices, deps };
}
