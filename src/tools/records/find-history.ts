import type { RecordSelection, StoredRecord } from '../../ports/record-reader.ts';
import { describeError, UsageError } from '../../runtime/errors.ts';
import { removeFullStop } from '../../runtime/finding.ts';
import { UnreadRangeError } from '../../runtime/range-reader.ts';
import {
  classifyEvents,
  type EntityHistory,
  type HistoryPeriod,
  isFoundList,
  type LookupAvailability,
  mentionsId,
  sortPartitions,
} from './entity-history.ts';
import { readFacts } from './record-facts.ts';
import { type Search, type SearchDeps, type SearchResult, searchStore } from './search-store.ts';

export interface FindHistoryDeps extends SearchDeps {
  readonly topics: RecordSelection['topics'];
  /** Topic to which `reconcile` writes the states that it gets from the provider. */
  readonly reconciledTopic: string | undefined;
  readonly period: HistoryPeriod;
}

export const noFilterReason = 'no revision filter has run on this store';

/**
 * Finds the history of each key: events of the period, the latest state whatever its age, reconciled states, and dead
 * letters that mention the key.
 *
 * @param everywhere searches all partitions, not only those where the keys belong now
 * @throws {UsageError} if the store can read neither events nor dead letters
 */
export async function findHistoriesOfKeys(
  keys: readonly string[],
  deps: FindHistoryDeps,
  { everywhere = false }: { readonly everywhere?: boolean } = {},
): Promise<readonly EntityHistory[]> {
  const { topics, reconciledTopic, period } = deps;
  const wantedKeys = new Set(keys);
  const searchScope = { topics, formerParts: true, ...(!everywhere && { keys: wantedKeys }) };
  const { sinceMs, untilMs } = period;
  const timeRange = { sinceMs, untilMs };
  const searchedParts = new Set<string>();
  const searchAndRecord = async (search: Search) => {
    const result = await searchStore(deps, search);
    for (const searchedPart of result.parts) {
      searchedParts.add(searchedPart);
    }
    return result;
  };
  const hasWantedKey = (record: StoredRecord) => wantedKeys.has(findRecordKey(record) ?? '');
  const events = await catchAsUnknown(
    () =>
      searchAndRecord({
        selection: { role: 'events', ...searchScope, ...timeRange },
        isWanted: hasWantedKey,
      }),
    UsageError,
  );
  const searchDeadLetters = () =>
    searchAndRecord({
      selection: { role: 'dead-letter', topics, ...timeRange },
      isWanted: (record) => keys.some((key) => mentionsId(record, key)),
    });
  // Throws if neither events nor dead letters can be read, because no answer is possible without them.
  const deadLetters =
    'notKnown' in events ? await searchDeadLetters() : await catchAsUnknown(searchDeadLetters, Error);
  // The whole states topic is searched, because events expire and a state may be the only remaining record of a key.
  const states = await lookUpIfAvailable(
    () =>
      searchAndRecord({
        selection: { role: 'latest', ...searchScope, sinceMs: 0, mayBeMissing: true },
        isWanted: hasWantedKey,
      }),
    noFilterReason,
    deps,
  );
  const reconciledTopics = topics
    .slice(0, 1)
    .flatMap((topic) => (reconciledTopic === undefined ? [] : [{ ...topic, events: reconciledTopic }]));
  const reconciledRecords = await lookUpIfAvailable(
    () =>
      searchAndRecord({
        selection: {
          role: 'events',
          extraDirectory: 'reconciled',
          mayBeMissing: true,
          sinceMs: 0,
          keys: wantedKeys,
          topics: reconciledTopics,
        },
        isWanted: hasWantedKey,
      }),
    '"reconcile --messages --write" has stored no states',
    deps,
  );
  return keys.map((id) => {
    const hasWantedId = (record: StoredRecord) => findRecordKey(record) === id;
    const eventsOfKey = filterRecords(events, hasWantedId);
    const state = 'unavailable' in states ? states : filterRecords(states, hasWantedId);
    return {
      id,
      isOf: 'key',
      period,
      lookedAt: [...searchedParts],
      skipped: 'notKnown' in events ? [] : events.skipped,
      events: 'notKnown' in eventsOfKey ? eventsOfKey : classifyEvents(eventsOfKey),
      deadLetters: filterRecords(deadLetters, (letter) => mentionsId(letter, id)),
      latest: isFoundList(state) ? selectLastStatePerTopic(state) : state,
      reconciled:
        'unavailable' in reconciledRecords
          ? reconciledRecords
          : filterRecords(reconciledRecords, hasWantedId),
    };
  });
}

/** Returns the record's key. If another producer wrote the record without a key, returns the event id. */
export function findRecordKey(record: StoredRecord): string | undefined {
  return record.key ?? readFacts(record).eventId;
}

function filterRecords(
  result: SearchResult | { readonly notKnown: string },
  isWanted: (record: StoredRecord) => boolean,
): LookupAvailability<StoredRecord> {
  return 'notKnown' in result ? result : recordsOrSkipped(result.found.filter(isWanted), result);
}

/** Returns the records. If no records were found and some could not be read, returns the reasons instead. */
export function recordsOrSkipped<T>(
  found: readonly T[],
  { skipped }: Pick<SearchResult, 'skipped'>,
): LookupAvailability<T> {
  return found.length === 0 && skipped.length > 0 ? { notKnown: removeFullStop(skipped.join(' ')) } : found;
}

/**
 * Runs a lookup and returns an expected error as `notKnown`. Rethrows all other errors. Also rethrows the error of a
 * read that stopped midway, because its result would look complete.
 */
async function catchAsUnknown<T>(
  look: () => Promise<T>,
  expected: abstract new (...args: never[]) => Error,
): Promise<T | { readonly notKnown: string }> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof expected && !(error instanceof UnreadRangeError)) {
      return { notKnown: removeFullStop(describeError(error)) };
    }
    throw error;
  }
}

/**
 * Looks up a part that not every store or installation has. @param missing the reason to return if the part does not
 * exist
 */
export async function lookUpIfAvailable(
  look: () => Promise<SearchResult>,
  missing: string,
  { signal }: Pick<SearchDeps, 'signal'>,
): Promise<SearchResult | { readonly notKnown: string } | { readonly unavailable: string }> {
  const lookUpOrExplain = async () => {
    try {
      const result = await look();
      return result.parts.length > 0 || signal.aborted ? result : { unavailable: missing };
    } catch (error) {
      if (error instanceof UsageError) {
        return { unavailable: removeFullStop(error.message) };
      }
      throw error;
    }
  };
  return catchAsUnknown(lookUpOrExplain, Error);
}

/**
 * Keeps the last state of each topic. A compacted topic may also contain earlier states, temporarily or in a different
 * partition.
 */
function selectLastStatePerTopic(states: readonly StoredRecord[]): readonly StoredRecord[] {
  return [...new Map(sortPartitions(states).map((state) => [state.topic, state])).values()];
}
