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

/** What became of an event. */
export type FilterOutcome = (typeof filterOutcomes)[number];

/** Why a record becomes a dead letter. */
export type FilterReason = UnreadableReason | 'too_large' | 'rejected_by_broker';

/** A record that becomes the latest state of its entity. */
export interface ForwardedRecord<R extends EventRecord = EventRecord> {
  readonly record: R;
  /** Its place among the records. */
  readonly place: number;
  readonly event: ReadableEvent;
  /** The highest revision of its entity before it. */
  readonly known: bigint | undefined;
  readonly timestampMs: number;
}

export interface FilteredRecords<R extends EventRecord = EventRecord> {
  readonly passed: readonly ForwardedRecord<R>[];
  readonly deadLetters: readonly { readonly record: R; readonly reason: FilterReason }[];
  /** The decision on each record, in order. */
  readonly outcomes: FilterOutcome[];
  /** What was thrown for dead letters of the reasons `unexpected_error` and `unreadable_batch`. */
  readonly failures: readonly unknown[];
  /** The latest time of the records, never later than now. */
  readonly timestampMs: number;
}

export interface FilterContext<R> {
  /** Whether the store would not take the record as a state; absent when it takes all. */
  readonly isTooLarge?: (record: R) => boolean;
  readonly nowMs: number;
}

/** Decides on records in order, and records their revisions in the table. */
export function filterRecords<R extends EventRecord>(
  records: readonly R[],
  table: EntityTable,
  { isTooLarge, nowMs }: FilterContext<R>,
): FilteredRecords<R> {
  const passed: ForwardedRecord<R>[] = [];
  const deadLetters: { record: R; reason: FilterReason }[] = [];
  const outcomes: FilterOutcome[] = [];
  const failures: unknown[] = [];
  let newestMs = 0;

  function reject(record: R, reason: FilterReason): void {
    deadLetters.push({ record, reason });
    outcomes.push('dead_lettered');
  }

  for (const record of records) {
    const timestampMs = toTimestamp(record, nowMs);
    newestMs = Math.max(newestMs, timestampMs);
    const event = readEvent(record);
    if (event.kind === 'unreadable') {
      reject(record, event.reason);
      if (event.error !== undefined) {
        failures.push(event.error);
      }
    } else if (event.kind === 'own') {
      outcomes.push('own');
    } else if (isTooLarge?.(record) === true) {
      reject(record, 'too_large');
    } else {
      const revision = event.kind === 'tracked' ? event.revision : undefined;
      const known =
        event.kind === 'tracked'
          ? table.raise(event.key, event.revision, timestampMs)
          : event.key && table.find(event.key);
      const outcome = decideRevision(known, revision);
      if (outcome === 'forwarded' || outcome === 'untracked') {
        passed.push({ record, place: outcomes.length, event, known, timestampMs });
      }
      outcomes.push(outcome);
    }
  }
  return { passed, deadLetters, outcomes, failures, timestampMs: newestMs };
}

/**
 * What becomes of one event.
 *
 * - `forwarded`: its state is later than every state before
 * - `obsolete`: a later state was forwarded already
 * - `duplicate`: the same state was forwarded already
 * - `untracked`: it cannot be compared, so it is forwarded
 *
 * @param known highest revision seen of the entity; `undefined` when it is new
 * @param revision of the event; `undefined` when it has none, or belongs to no entity
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
 * The broker has rejected these: they are dead letters, and no states of their entities. Earlier ones are still of use, and
 * the dead letter itself is no repetition when somebody puts it back.
 *
 * @param indexes of `passed`
 */
export function withdrawRejected(
  table: EntityTable,
  { passed, outcomes }: Pick<FilteredRecords, 'passed' | 'outcomes'>,
  indexes: readonly number[],
): void {
  // The last one first: what was known before it may be another one of them.
  for (const index of indexes.toSorted((a, b) => b - a)) {
    const { event, known, place } = forwardedAt(passed, index);
    if (event.kind === 'tracked') {
      table.withdraw(event.key, event.revision, known);
    }
    outcomes[place] = 'dead_lettered';
  }
}

/** @throws {RangeError} for what was not passed on */
export function forwardedAt<R extends EventRecord>(
  passed: readonly ForwardedRecord<R>[],
  index: number,
): ForwardedRecord<R> {
  const found = passed[index];
  if (found === undefined) {
    throw new RangeError(`No record ${index} was passed on`);
  }
  return found;
}
