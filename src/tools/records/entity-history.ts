import { decideRevision } from '../../filter/filter-records.ts';
import { readEvent } from '../../filter/read-event.ts';
import { type StoredRecord, splitPosition } from '../../ports/record-reader.ts';
import { type RecordFacts, readFacts } from './record-facts.ts';

/**
 * How an event compares with the events of its entity that were stored before it.
 *
 * - `later`: the event's revision is higher than all previous revisions
 * - `obsolete`: a higher revision was stored before the event
 * - `repeated`: the same event or the same revision was stored before
 * - `untracked`: the event has no comparable revision
 * - `unreadable`: the revision filter cannot read the record as an event
 * - `own`: the record is a test event that this product sent
 */
export type HistoryOutcome = 'later' | 'obsolete' | 'repeated' | 'untracked' | 'unreadable' | 'own';

export interface HistoryEvent {
  readonly record: StoredRecord;
  readonly facts: RecordFacts;
  readonly outcome: HistoryOutcome;
}

/**
 * Classifies the events of one entity, given in the order of their topics. Events are compared within their topic, as
 * the filter does. The events of several topics are sorted by time.
 */
export function classifyEvents(records: readonly StoredRecord[]): readonly HistoryEvent[] {
  const classifiedEvents = [...Map.groupBy(records, ({ topic }) => topic).values()].map(classifyTopicEvents);
  const [only] = classifiedEvents;
  return classifiedEvents.length === 1 && only !== undefined
    ? only
    : classifiedEvents.flat().toSorted((a, b) => a.record.storedAtMs - b.record.storedAtMs);
}

/**
 * Sorts the partitions of a key by their first record. Within a partition, records keep their order, regardless of
 * their times.
 */
export function sortPartitions(records: readonly StoredRecord[]): readonly StoredRecord[] {
  const parts = [...Map.groupBy(records, ({ place }) => splitPosition(place)[0]).values()];
  const firstStoredAtMs = ([first]: readonly StoredRecord[]) => first?.storedAtMs ?? 0;
  return parts.toSorted((a, b) => firstStoredAtMs(a) - firstStoredAtMs(b)).flat();
}

function classifyTopicEvents(records: readonly StoredRecord[]): HistoryEvent[] {
  let highestRevision: bigint | undefined;
  const eventIds = new Set<string>();
  return sortPartitions(records).map((record) => {
    const facts = readFacts(record);
    const { eventId } = facts;
    const event = readEvent(toEventRecord(record));
    if (event.kind === 'unreadable' || event.kind === 'own') {
      return { record, facts, outcome: event.kind };
    }
    const revision = event.kind === 'tracked' ? event.revision : undefined;
    const decision = decideRevision(highestRevision, revision);
    highestRevision = decision === 'forwarded' ? revision : highestRevision;
    const isRepeated = eventId !== undefined && eventIds.has(eventId);
    eventIds.add(eventId ?? '');
    return { record, facts, outcome: isRepeated ? 'repeated' : historyOutcomes[decision] };
  });
}

const historyOutcomes = {
  forwarded: 'later',
  obsolete: 'obsolete',
  duplicate: 'repeated',
  untracked: 'untracked',
} as const;

function toEventRecord({ key, value, headers, storedAtMs }: StoredRecord) {
  return {
    value,
    timestampMs: storedAtMs,
    key: key === null ? null : Buffer.from(key),
    header: (name: string) => headers[name],
  };
}

/**
 * Whether a dead letter is about an entity or an event. Dead letters do not have a key, so the bytes are searched for
 * the identifier.
 */
export function mentionsId({ value }: Pick<StoredRecord, 'value'>, id: string): boolean {
  return value.includes(id) || value.includes(JSON.stringify(id).slice(1, -1));
}

/** The records that were found, or the reason why they could not be read. */
export type LookupAvailability<T> = readonly T[] | { readonly notKnown: string };

/**
 * As `LookupAvailability`, for data that not every installation has. `unavailable` is the reason why the data does not
 * exist.
 */
export type OptionalLookup<T> = LookupAvailability<T> | { readonly unavailable: string };

/** Everything that is stored about a message, a profile, a conversation, or a single event. */
export interface EntityHistory {
  /** Key of the records, or the requested id if nothing was found. */
  readonly id: string;
  /** The requested id, if it differs from the key. The id may be an event id, or the key in a different letter case. */
  readonly requestedId?: string | undefined;
  /**
   * - `key`: the history of the records with this key
   * - `value`: the result of a search by value that found no entity
   * - `rest`: dead letters that a search by value found and that belong to none of the other histories
   */
  readonly isOf: 'key' | 'value' | 'rest';
  readonly period: HistoryPeriod;
  readonly events: LookupAvailability<HistoryEvent>;
  readonly latest: OptionalLookup<StoredRecord>;
  readonly deadLetters: LookupAvailability<StoredRecord>;
  /**
   * Positions of the dead letters that are marked as replayed in the store, or the reason why these marks could not be
   * read.
   */
  readonly replayed?: ReadonlySet<string> | { readonly notKnown: string } | undefined;
  /** States that `reconcile` requested from the provider because their events were missing. */
  readonly reconciled: OptionalLookup<StoredRecord>;
  /** Names of the partitions, streams, queues or journals that were read. */
  readonly lookedAt: readonly string[];
  /** Reasons why some events could not be read, one sentence each. If this list is not empty, more events may exist. */
  readonly skipped: readonly string[];
}

/**
 * The period in which events and dead letters were searched, in epoch milliseconds. States are found regardless of
 * their time.
 */
export interface HistoryPeriod {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Whether the period extends to the time of the search. */
  readonly isToNow: boolean;
}

/** The state of a dead letter. `isReplayed` is `undefined` if the store cannot tell. */
export interface DeadLetterState {
  readonly isReplayed: boolean | undefined;
  /** The records of the dead letter's events, if these records were found. */
  readonly records: readonly StoredRecord[];
}

/**
 * Determines whether a dead letter was replayed, from the records of its events or from the marks of the store. The
 * position alone does not identify a dead letter, because a topic may be recreated. Therefore, the dead letter must
 * contain the bytes of the event.
 */
export function findDeadLetterState(
  { events, replayed }: EntityHistory,
  letter: StoredRecord,
): DeadLetterState {
  const records = listFound(events)
    .map(({ record }) => record)
    .filter(
      ({ headers, value }) => headers['replayed-from'] === letter.place && letter.value.includes(value),
    );
  if (records.length > 0) {
    return { isReplayed: true, records };
  }
  const isMarkedReplayed =
    replayed === undefined || 'notKnown' in replayed ? undefined : replayed.has(letter.place);
  return { isReplayed: isMarkedReplayed, records };
}

export function listLookups(history: EntityHistory) {
  const { events, deadLetters, latest, reconciled } = history;
  return [events, deadLetters, latest, reconciled] as const;
}

export function isFoundList<T>(lookup: OptionalLookup<T>): lookup is readonly T[] {
  return !('notKnown' in lookup || 'unavailable' in lookup);
}

/** Returns the records that were found, or an empty list if the records could not be read. */
export function listFound<T>(lookup: OptionalLookup<T>): readonly T[] {
  return isFoundList(lookup) ? lookup : [];
}
