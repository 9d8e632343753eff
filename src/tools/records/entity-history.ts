import { decideRevision } from '../../filter/filter-records.ts';
import { readEvent } from '../../filter/read-event.ts';
import { type StoredRecord, splitPosition } from '../../ports/record-reader.ts';
import { type RecordFacts, readFacts } from './record-facts.ts';

/**
 * What an event is among those of its entity that were stored before it.
 *
 * - `later`: its revision is higher than any before
 * - `obsolete`: a higher one was stored before it
 * - `repeated`: the same event, or the same revision, was stored before it
 * - `untracked`: it has no revision that could be compared
 * - `unreadable`: it is no event for the revision filter
 * - `own`: this product has sent it, as a test
 */
export type HistoryOutcome = 'later' | 'obsolete' | 'repeated' | 'untracked' | 'unreadable' | 'own';

export interface HistoryEvent {
  readonly record: StoredRecord;
  readonly facts: RecordFacts;
  readonly outcome: HistoryOutcome;
}

/**
 * The events of one entity, given in the order in which each topic has them. They are judged within their topic, as its filter
 * does, and those of several topics are put in order by their time.
 */
export function classifyEvents(records: readonly StoredRecord[]): readonly HistoryEvent[] {
  const judged = [...Map.groupBy(records, ({ topic }) => topic).values()].map(classifyTopicEvents);
  const [only] = judged;
  return judged.length === 1 && only !== undefined
    ? only
    : judged.flat().toSorted((a, b) => a.record.storedAtMs - b.record.storedAtMs);
}

/** Of a key that has gone to another partition all that is in the first comes first. Within one its order counts, not its times. */
export function inOrder(records: readonly StoredRecord[]): readonly StoredRecord[] {
  const parts = [...Map.groupBy(records, ({ place }) => splitPosition(place)[0]).values()];
  const beginning = ([first]: readonly StoredRecord[]) => first?.storedAtMs ?? 0;
  return parts.toSorted((a, b) => beginning(a) - beginning(b)).flat();
}

function classifyTopicEvents(records: readonly StoredRecord[]): HistoryEvent[] {
  let known: bigint | undefined;
  const eventIds = new Set<string>();
  return inOrder(records).map((record) => {
    const facts = readFacts(record);
    const { eventId } = facts;
    const event = readEvent(toEventRecord(record));
    if (event.kind === 'unreadable' || event.kind === 'own') {
      return { record, facts, outcome: event.kind };
    }
    const revision = event.kind === 'tracked' ? event.revision : undefined;
    const decision = decideRevision(known, revision);
    known = decision === 'forwarded' ? revision : known;
    const isRepeated = eventId !== undefined && eventIds.has(eventId);
    eventIds.add(eventId ?? '');
    return { record, facts, outcome: isRepeated ? 'repeated' : outcomes[decision] };
  });
}

const outcomes = {
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

/** Whether a dead letter, which has no key, is about an entity or an event: its bytes have the identifier. */
export function mentions({ value }: Pick<StoredRecord, 'value'>, id: string): boolean {
  return value.includes(id) || value.includes(JSON.stringify(id).slice(1, -1));
}

/** What could be looked at, or why not, as a sentence. */
export type LookupAvailability<T> = readonly T[] | { readonly notKnown: string };

/** A part that not every installation has: why it is not here, as a sentence. */
export type OptionalLookup<T> = LookupAvailability<T> | { readonly notHere: string };

/** All that is known of a message, a profile, a conversation, or of one event. */
export interface EntityHistory {
  /** The key of its records; of what nothing is known, that which was asked for. */
  readonly id: string;
  /** What was asked for, when it is not the key: the id of an event, or the key written otherwise. */
  readonly asked?: string | undefined;
  /** `value`: no key is known, only what was asked for of an event; `rest`: the same, beside the lives that have keys. */
  readonly isOf: 'key' | 'value' | 'rest';
  readonly period: HistoryPeriod;
  readonly events: LookupAvailability<HistoryEvent>;
  readonly latest: OptionalLookup<StoredRecord>;
  readonly deadLetters: LookupAvailability<StoredRecord>;
  /** States that `reconcile` asked the provider for, because their events were missing. */
  readonly reconciled: OptionalLookup<StoredRecord>;
  /** The parts of the store that were read. */
  readonly lookedAt: readonly string[];
  /** What of the events could not be read, a sentence each: there may be more than were found. */
  readonly unread: readonly string[];
}

/** What was stored outside of it was not looked at, but for states. Epoch milliseconds. */
export interface HistoryPeriod {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** It does not end before the search began. */
  readonly isToNow: boolean;
}

/** What was found of it, part by part. */
export function listParts(life: EntityHistory) {
  const { events, deadLetters, latest, reconciled } = life;
  return [events, deadLetters, latest, reconciled] as const;
}

export function isList<T>(looked: OptionalLookup<T>): looked is readonly T[] {
  return !('notKnown' in looked || 'notHere' in looked);
}

/** What was found; nothing, where nobody could look. */
export function listOf<T>(looked: OptionalLookup<T>): readonly T[] {
  return isList(looked) ? looked : [];
}
