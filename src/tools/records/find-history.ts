import type { RecordSelection, StoredRecord } from '../../ports/record-reader.ts';
import { describeError, UsageError } from '../../runtime/errors.ts';
import { toReason } from '../../runtime/finding.ts';
import { UnreadRangeError } from '../../runtime/range-reading.ts';
import {
  classifyEvents,
  type EntityHistory,
  type HistoryPeriod,
  inOrder,
  isList,
  type LookupAvailability,
  mentions,
} from './entity-history.ts';
import { readFacts } from './record-facts.ts';
import { type Search, type SearchDeps, type SearchResult, searchStore } from './search-store.ts';

export interface FindHistoryDeps extends SearchDeps {
  readonly topics: RecordSelection['topics'];
  /** The topic of states that `reconcile` asked for. */
  readonly reconciledTopic: string | undefined;
  readonly period: HistoryPeriod;
}

export const noStates = 'no revision filter has run on this store';

/**
 * All that is known of each key: its events, from where they can be alone, or from everywhere; its latest state, however old;
 * what `reconcile` asked for; the dead letters that mention it.
 *
 * @throws {UsageError} when the store can show neither events nor dead letters
 */
export async function findHistoriesOfKeys(
  keys: readonly string[],
  deps: FindHistoryDeps,
  { everywhere = false }: { readonly everywhere?: boolean } = {},
): Promise<readonly EntityHistory[]> {
  const { topics, reconciledTopic, period } = deps;
  const wanted = new Set(keys);
  const where = { topics, formerParts: true, ...(!everywhere && { keys: wanted }) };
  const { sinceMs, untilMs } = period;
  const times = { sinceMs, untilMs };
  const lookedAt = new Set<string>();
  const look = async (search: Search) => {
    const result = await searchStore(deps, search);
    for (const part of result.parts) {
      lookedAt.add(part);
    }
    return result;
  };
  const isOfKeys = (record: StoredRecord) => wanted.has(keyOf(record) ?? '');
  const events = await orWhyNot(
    () =>
      look({
        selection: { role: 'events', ...where, ...times },
        isWanted: isOfKeys,
      }),
    UsageError,
  );
  const lookForLetters = () =>
    look({
      selection: { role: 'dead-letter', topics, ...times },
      isWanted: (record) => keys.some((key) => mentions(record, key)),
    });
  // Where neither can be read, there is no answer.
  const deadLetters = 'notKnown' in events ? await lookForLetters() : await orWhyNot(lookForLetters, Error);
  // A state may be the last witness of a key: the topic of events forgets, that of states does not.
  const states = await lookUpIfAvailable(
    () =>
      look({
        selection: { role: 'latest', ...where, sinceMs: 0, mayBeMissing: true },
        isWanted: isOfKeys,
      }),
    noStates,
    deps,
  );
  const reconciledTopics = topics
    .slice(0, 1)
    .flatMap((topic) => (reconciledTopic === undefined ? [] : [{ ...topic, events: reconciledTopic }]));
  const reconciled = await lookUpIfAvailable(
    () =>
      look({
        selection: {
          role: 'events',
          extraDirectory: 'reconciled',
          mayBeMissing: true,
          sinceMs: 0,
          keys: wanted,
          topics: reconciledTopics,
        },
        isWanted: isOfKeys,
      }),
    '"reconcile --messages --write" has stored nothing here',
    deps,
  );
  return keys.map((id) => {
    const isOfKey = (record: StoredRecord) => keyOf(record) === id;
    const ofKey = only(events, isOfKey);
    const state = 'notHere' in states ? states : only(states, isOfKey);
    return {
      id,
      isOf: 'key',
      period,
      lookedAt: [...lookedAt],
      unread: 'notKnown' in events ? [] : events.skipped,
      events: 'notKnown' in ofKey ? ofKey : classifyEvents(ofKey),
      deadLetters: only(deadLetters, (letter) => mentions(letter, id)),
      latest: isList(state) ? lastOfEach(state) : state,
      reconciled: 'notHere' in reconciled ? reconciled : only(reconciled, isOfKey),
    };
  });
}

/** A record of another producer may lack the key: its event stands for itself. */
export function keyOf(record: StoredRecord): string | undefined {
  return record.key ?? readFacts(record).eventId;
}

function only(
  result: SearchResult | { readonly notKnown: string },
  isWanted: (record: StoredRecord) => boolean,
): LookupAvailability<StoredRecord> {
  return 'notKnown' in result ? result : orSkipped(result.found.filter(isWanted), result);
}

/** Nothing was found: it may be among what could not be read. */
export function orSkipped<T>(
  found: readonly T[],
  { skipped }: Pick<SearchResult, 'skipped'>,
): LookupAvailability<T> {
  return found.length === 0 && skipped.length > 0 ? { notKnown: toReason(skipped.join(' ')) } : found;
}

/**
 * The error of a part that cannot be looked at is a part of the answer. Any other error is thrown, and so is that of a reading
 * that stopped in the middle: it would pass for a complete one.
 */
async function orWhyNot<T>(
  look: () => Promise<T>,
  expected: abstract new (...args: never[]) => Error,
): Promise<T | { readonly notKnown: string }> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof expected && !(error instanceof UnreadRangeError)) {
      return { notKnown: toReason(describeError(error)) };
    }
    throw error;
  }
}

/** A part that not every store or installation has: what is not there could not have been looked at. */
export async function lookUpIfAvailable(
  look: () => Promise<SearchResult>,
  missing: string,
  { signal }: Pick<SearchDeps, 'signal'>,
): Promise<SearchResult | { readonly notKnown: string } | { readonly notHere: string }> {
  const lookOrNot = async () => {
    try {
      const result = await look();
      return result.parts.length > 0 || signal.aborted ? result : { notHere: missing };
    } catch (error) {
      if (error instanceof UsageError) {
        return { notHere: toReason(error.message) };
      }
      throw error;
    }
  };
  return orWhyNot(lookOrNot, Error);
}

/** The last state of a topic counts: a compacted topic may hold earlier ones for a while, or in another partition. */
function lastOfEach(states: readonly StoredRecord[]): readonly StoredRecord[] {
  return [...new Map(inOrder(states).map((state) => [state.topic, state])).values()];
}
