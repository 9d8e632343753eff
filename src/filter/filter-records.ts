import type { EntityTable } from './entity-table.ts';
import { type EventRecord, toTimestamp } from './log-record.ts';
import { type ReadableEvent, readEvent, type UnreadableReason } from './read-event.ts';

export const filterOutcomes = [
  'forwarded',
  'obsolete',
  'duplicate',
  'untracked',
  'dead_lettered',
  'own',
] as const;

export type FilterOutcome = (typeof filterOutcomes)[number];

export type FilterReason = UnreadableReason | 'too_large' | 'rejected_by_broker';

/** A record that becomes the latest state of its entity. */
export interface ForwardedRecord<R extends EventRecord = EventRecord> {
  readonly record: R;
  /** Index of the record in the list of filtered records. */
  readonly place: number;
  readonly event: ReadableEvent;
  /** The previous highest revision of its entity. */
  readonly known: bigint | undefined;
  readonly timestampMs: number;
}

export interface FilteredRecords<R extends EventRecord = EventRecord> {
  readonly passed: readonly ForwardedRecord<R>[];
  readonly deadLetters: readonly { readonly record: R; readonly reason: FilterReason }[];
  /** The decision on each record, in the order of the records. */
  readonly outcomes: FilterOutcome[];
  /** The errors of dead letters with the reasons `unexpected_error` and `unreadable_batch`. */
  readonly failures: readonly unknown[];
  /** The latest timestamp of the records, limited to the current time. */
  readonly timestampMs: number;
}

export interface FilterConditions<R> {
  /** Checks whether a record is too large to be stored as a state. Absent if the store has no size limit. */
  readonly isTooLarge?: (record: R) => boolean;
  readonly nowMs: number;
}

/** Decides on each record in order, and stores the revisions in the table. */
export function filterRecords<R extends EventRecord>(
  records: readonly R[],
  table: EntityTable,
  { isTooLarge, nowMs }: FilterConditions<R>,
): FilteredRecords<R> {
  const forwardedRecords: ForwardedRecord<R>[] = [];
  const deadLetters: { record: R; reason: FilterReason }[] = [];
  const outcomes: FilterOutcome[] = [];
  const failures: unknown[] = [];
  let newestTimestampMs = 0;

  function rejectRecord(record: R, reason: FilterReason): void {
    deadLetters.push({ record, reason });
    outcomes.push('dead_lettered');
  }

  for (const record of records) {
    const timestampMs = toTimestamp(record, nowMs);
    newestTimestampMs = Math.max(newestTimestampMs, timestampMs);
    const event = readEvent(record);
    if (event.kind === 'unreadable') {
      rejectRecord(record, event.reason);
      if (event.error !== undefined) {
        failures.push(event.error);
      }
    } else if (event.kind === 'own') {
      outcomes.push('own');
    } else if (isTooLarge?.(record) === true) {
      rejectRecord(record, 'too_large');
    } else {
      const revision = event.kind === 'tracked' ? event.revision : undefined;
      const knownRevision =
        event.kind === 'tracked'
          ? table.raise(event.key, event.revision, timestampMs)
          : event.key && table.find(event.key);
      const outcome = decideRevision(knownRevision, revision);
      if (outcome === 'forwarded' || outcome === 'untracked') {
        forwardedRecords.push({ record, place: outcomes.length, event, known: knownRevision, timestampMs });
      }
      outcomes.push(outcome);
    }
  }
  return { passed: forwardedRecords, deadLetters, outcomes, failures, timestampMs: newestTimestampMs };
}

/**
 * Decides on one event.
 *
 * - `forwarded`: the event's state is newer than all previous states
 * - `obsolete`: a newer state was already forwarded
 * - `duplicate`: the same state was already forwarded
 * - `untracked`: the event has no comparable revision, so it is forwarded
 *
 * @param known highest revision of the entity so far; `undefined` if the entity is new
 * @param revision of the event; `undefined` if it has no revision or no entity
 */
export function decideRevision(
  known: bigint | undefined,
  revision: bigint | undefined,
): 'forwarded' | 'obsolete' | 'duplicate' | 'untracked' {
  if (revision === undefined) {
    return 'untracked';
  }
  if (known === undefined || revision > known) {
    return 'forwarded';
  }
  return revision === known ? 'duplicate' : 'obsolete';
}

/**
 * Reverts the revisions of records that the broker has rejected. Rejected records become dead letters instead of
 * entity states. The previous states remain current, and a replayed dead letter is not treated as a duplicate.
 *
 * @param indexes indexes of the rejected records in `passed`
 */
export function revertRejectedRevisions(
  table: EntityTable,
  { passed, outcomes }: Pick<FilteredRecords, 'passed' | 'outcomes'>,
  indexes: readonly number[],
): void {
  // The records are reverted in reverse order, because a previous revision may belong to another rejected record.
  for (const index of indexes.toSorted((a, b) => b - a)) {
    const { event, known, place } = requireForwardedRecord(passed, index);
    if (event.kind === 'tracked') {
      table.withdraw(event.key, event.revision, known);
    }
    outcomes[place] = 'dead_lettered';
  }
}

/** @throws {RangeError} if no record with this index was forwarded */
export function requireForwardedRecord<R extends EventRecord>(
  passed: readonly ForwardedRecord<R>[],
  index: number,
): ForwardedRecord<R> {
  const forwardedRecord = passed[index];
  if (forwardedRecord === undefined) {
    throw new RangeError(`No record with the index ${index} was forwarded`);
  }
  return forwardedRecord;
}
