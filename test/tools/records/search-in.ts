import { expect } from 'vitest';
import type { PlacedRecord, RecordRole, RecordSelection } from '../../../src/ports/record-reader.ts';
import type { FindLifeDeps } from '../../../src/tools/records/find-life.ts';

export const topics = [{ events: 'events', deadLetter: 'dead', latest: 'latest' }];

type Batches = readonly (readonly PlacedRecord[])[];

/** A store that gives these records, leaves some out, or fails, and remembers what it was asked for. */
export function searchIn(
  stored: Partial<Record<RecordRole | 'reconciled', Batches | Error>>,
  given: Partial<FindLifeDeps> = {},
  leftOut: Partial<Record<RecordRole, string>> = {},
) {
  const asked: RecordSelection[] = [];
  const notices: string[] = [];
  const deps: FindLifeDeps = {
    ...{ topics, reconciledTopic: 'reconciled' },
    period: { sinceMs: 1, untilMs: 9, isToNow: false },
    signal: new AbortController().signal,
    observer: { begins() {}, passed() {}, notice: (text) => void notices.push(text) },
    async *read(selection, { follow, observer }) {
      asked.push(selection);
      expect(follow).toBe(false);
      const what = selection.beside === 'reconciled' ? 'reconciled' : selection.role;
      const batches = stored[what];
      if (batches instanceof Error) {
        throw batches;
      }
      if (batches !== undefined || selection.mayBeMissing !== true) {
        observer.begins(`${what}/0`, 1);
      }
      const text = leftOut[selection.role];
      if (text !== undefined) {
        observer.notice(text, true);
      }
      yield* batches ?? [];
    },
    ...given,
  };
  return { asked, notices, deps };
}
