import type { StoredRecord } from '../../ports/record-reader.ts';
import { UsageError } from '../../runtime/errors.ts';
import { formatCount } from '../../runtime/format.ts';
import { type EntityHistory, isFoundList, listFound, listLookups } from './entity-history.ts';
import { ConditionHints, createConditionTest, type EventCondition } from './event-conditions.ts';
import {
  type FindHistoryDeps,
  findHistoriesOfKeys,
  findRecordKey,
  lookUpIfAvailable,
  noFilterReason,
  recordsOrSkipped,
} from './find-history.ts';
import { readFacts } from './record-facts.ts';
import { type SearchResult, searchStore } from './search-store.ts';

/**
 * Finds the histories of these keys. If an id is not the key of any event or state, the whole store is searched. This
 * search finds events with this event id, keys with a different letter case, and records in the partition to which the
 * key belonged before partitions were added.
 */
export async function findHistories(
  ids: readonly string[],
  deps: FindHistoryDeps,
): Promise<readonly EntityHistory[]> {
  const histories = await findHistoriesOfKeys(ids, deps);
  const unknownIds = histories
    .filter((history) => isHistoryEmpty(history) && mayBeInOtherPartitions(history))
    .map(({ id }) => id);
  if (unknownIds.length === 0 || deps.signal.aborted) {
    return histories;
  }
  const requestedText = unknownIds.length === 1 ? unknownIds[0] : formatCount(unknownIds.length, 'id');
  deps.observer.onWarning(
    `No event was found for ${requestedText} at the expected location. Searching the whole store, which takes longer.`,
  );
  const historiesInAllPartitions = await searchAllPartitions(unknownIds, deps, histories);
  return histories.flatMap((history) =>
    unknownIds.includes(history.id)
      ? historiesInAllPartitions.filter(matchesRequestedId(history.id))
      : [history],
  );
}

/**
 * Whether no events or states have the id as their key. Dead letters do not count, because `replay` may have stored
 * their events since.
 */
function isHistoryEmpty({ events, latest }: EntityHistory): boolean {
  return listFound(events).length === 0 && listFound(latest).length === 0;
}

/**
 * Whether a search of the whole store can find more records. Such a search is possible only if both events and dead
 * letters can be read.
 */
function mayBeInOtherPartitions({ events, deadLetters }: EntityHistory): boolean {
  return isFoundList(events) && isFoundList(deadLetters);
}

const matchesRequestedId =
  (id: string) =>
  ({ id: key, requestedId = key }: EntityHistory): boolean =>
    requestedId === id;

/** Searches the whole store. @param known histories to return for ids that are not found */
async function searchAllPartitions(
  ids: readonly string[],
  deps: FindHistoryDeps,
  known: readonly EntityHistory[],
): Promise<readonly EntityHistory[]> {
  const originalIds = new Map(ids.map((id) => [normalizeId(id), id]));
  const matches = new EntityMatches('these ids');
  const { parts, skipped } = await searchEvents(deps, (record) => {
    const requestedId =
      originalIds.get(normalizeId(record.key ?? '')) ??
      originalIds.get(normalizeId(readFacts(record).eventId ?? ''));
    if (requestedId !== undefined) {
      matches.addEvent(requestedId, record);
    }
  });
  const histories = await loadCompleteHistories(matches, deps);
  const foundIds = new Set(histories.map(({ id, requestedId = id }) => requestedId));
  const missingIds = ids.filter((id) => !foundIds.has(id));
  const emptyHistories = known.filter(({ id }) => missingIds.includes(id));
  const missingHistories = emptyHistories.map((history) => ({
    ...history,
    events: isFoundList(history.events) ? recordsOrSkipped(history.events, { skipped }) : history.events,
  }));
  return [...histories, ...missingHistories].map((history) => ({
    ...history,
    lookedAt: [...new Set([...history.lookedAt, ...parts])],
  }));
}

/** Normalizes an id, because users often enter surrounding blanks or the wrong letter case. */
function normalizeId(id: string): string {
  return id.trim().toLowerCase();
}

const maxEntities = 1_000;

/**
 * Finds the histories of the entities that have an event or a state with these values, and the dead letters with these
 * values.
 *
 * @throws {UsageError} if there are more than `maxEntities`
 */
export async function findByValues(
  conditions: readonly EventCondition[],
  deps: FindHistoryDeps,
): Promise<readonly EntityHistory[]> {
  const query = conditions.map(({ text }) => text).join(' and ');
  const hasValues = createConditionTest(conditions);
  const hints = new ConditionHints(conditions);
  const matches = new EntityMatches(query);
  const { topics, period } = deps;
  const { sinceMs, untilMs } = period;
  const events = await searchEvents(deps, (record) => {
    hints.inspect(record);
    const key = hasValues(record) ? findRecordKey(record) : undefined;
    if (key !== undefined) {
      matches.addEvent(key, record);
    }
  });
  // States are searched too, because events expire and a state may be the only remaining record with the value.
  const states = await lookUpIfAvailable(
    () =>
      searchStore(deps, {
        selection: { role: 'latest', topics, sinceMs: 0, untilMs, mayBeMissing: true },
        isWanted: hasValues,
      }),
    noFilterReason,
    deps,
  );
  for (const state of 'found' in states ? states.found : []) {
    matches.addState(findRecordKey(state) ?? '', state);
  }
  const letterSearch = await searchStore(deps, {
    selection: { role: 'dead-letter', topics, sinceMs, untilMs },
    isWanted: hasValues,
  });
  const histories = (await loadCompleteHistories(matches, deps)).map((history) => ({
    ...history,
    requestedId: undefined,
  }));
  const listedPositions = new Set(
    histories.flatMap((history) => listFound(history.deadLetters).map(({ place }) => place)),
  );
  const otherHistory: EntityHistory = {
    id: query,
    isOf: histories.length === 0 ? 'value' : 'rest',
    period,
    // The events that were found are listed in the histories of their entities.
    events: recordsOrSkipped([], events),
    latest: 'found' in states ? recordsOrSkipped([], states) : states,
    deadLetters: recordsOrSkipped(
      letterSearch.found.filter(({ place }) => !listedPositions.has(place)),
      letterSearch,
    ),
    reconciled: { unavailable: 'states from "reconcile --messages --write" cannot be searched by value' },
    skipped: [],
    lookedAt: [
      ...new Set(
        [events, ...('parts' in states ? [states] : []), letterSearch].flatMap(({ parts }) => parts),
      ),
    ],
  };
  const hasMoreEntities = listLookups(otherHistory).some(
    (part) => 'notKnown' in part || listFound<unknown>(part).length > 0,
  );
  if (histories.length > 0 && !hasMoreEntities) {
    return histories;
  }
  const hint = histories.length === 0 ? hints.describe() : undefined;
  if (hint !== undefined) {
    deps.observer.onWarning(hint);
  }
  return [...histories, otherHistory];
}

/** Entities that match a search, by key. @throws {UsageError} if more than `maxEntities` entities match */
class EntityMatches {
  readonly #question: string;
  /** For each key, the requested id and the positions of the matching events. */
  readonly #matches = new Map<string, { readonly requestedId: string; readonly places: Set<string> }>();

  constructor(question: string) {
    this.#question = question;
  }

  get keys(): readonly string[] {
    return [...this.#matches.keys()];
  }

  find(key: string) {
    return this.#matches.get(key);
  }

  addEvent(requestedId: string, record: StoredRecord): void {
    this.#findOrAddMatch(requestedId, record).places.add(record.place);
  }

  addState(requestedId: string, record: StoredRecord): void {
    this.#findOrAddMatch(requestedId, record);
  }

  #findOrAddMatch(requestedId: string, record: StoredRecord) {
    const key = findRecordKey(record) ?? requestedId;
    const match = this.#matches.get(key) ?? { requestedId, places: new Set() };
    this.#matches.set(key, match);
    if (this.#matches.size > maxEntities) {
      throw new UsageError(
        `more than ${formatCount(maxEntities)} entities match ${this.#question}: search a shorter period with --since and --until, or add another --where`,
      );
    }
    return match;
  }
}

/** Reads all events of the period and passes them to `inspect`. */
function searchEvents(deps: FindHistoryDeps, inspect: (record: StoredRecord) => void): Promise<SearchResult> {
  const { topics, period } = deps;
  const timeLimits = { sinceMs: period.sinceMs, untilMs: period.untilMs };
  return searchStore(deps, {
    selection: { role: 'events', topics, ...timeLimits, formerParts: true },
    isWanted(record) {
      inspect(record);
      return false;
    },
  });
}

/**
 * Finds the histories of all matches. If some events are outside the key's current partition, all partitions are
 * searched.
 */
async function loadCompleteHistories(
  matches: EntityMatches,
  deps: FindHistoryDeps,
): Promise<readonly EntityHistory[]> {
  if (matches.keys.length === 0 || deps.signal.aborted) {
    return [];
  }
  const histories = await findHistoriesOfKeys(matches.keys, deps);
  const incompleteHistories = histories.filter(({ id, events }) => {
    const places = new Set(listFound(events).map(({ record }) => record.place));
    return [...(matches.find(id)?.places ?? [])].some((place) => !places.has(place));
  });
  const completeHistoriesById = new Map(
    incompleteHistories.length === 0
      ? []
      : (
          await findHistoriesOfKeys(
            incompleteHistories.map(({ id }) => id),
            deps,
            { everywhere: true },
          )
        ).map((history) => [history.id, history]),
  );
  return histories.map((history) => {
    const requestedId = matches.find(history.id)?.requestedId;
    return {
      ...(completeHistoriesById.get(history.id) ?? history),
      ...(requestedId !== history.id && { requestedId }),
    };
  });
}
