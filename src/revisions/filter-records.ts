import { decideRevision } from './decide-revision.ts';
import type { EntityTable } from './entity-table.ts';
import type { LogRecord, OutputRecord } from './log-record.ts';
import { readEvent, type UnreadableReason } from './read-event.ts';
import { type FamilyLabel, toFamilyLabel } from './to-family-label.ts';

export const filterOutcomes = ['forwarded', 'obsolete', 'duplicate', 'untracked', 'dead_lettered'] as const;

export type FilterOutcome = (typeof filterOutcomes)[number];

export type FilterReason = UnreadableReason | 'too_large' | 'rejected_by_broker';

/**
 * Header of an event without a revision: the highest revision of its entity that was forwarded. Compaction keeps only the
 * last record of a key, so without this header the revision would be lost with the record before.
 */
export const entityRevisionHeader = 'entity-revision';

export interface FilteredRecords<R extends LogRecord = LogRecord> {
  readonly latest: readonly OutputRecord[];
  /** The record that each of `latest` was made from. */
  readonly latestSources: readonly R[];
  /** The highest revision of its entity before each of `latest`. */
  readonly latestKnown: readonly (bigint | undefined)[];
  readonly deadLetters: readonly OutputRecord[];
  readonly counts: ReadonlyMap<FilterOutcome, ReadonlyMap<FamilyLabel, number>>;
  /** What was thrown for dead letters of the reasons `unexpected_error` and `unreadable_batch`. */
  readonly defects: readonly unknown[];
  /** How many revisions each obsolete event was behind. */
  readonly revisionsBehind: readonly number[];
  /** The latest time of the records, never later than now. */
  readonly timestampMs: number;
}

export interface FilterContext {
  readonly topic: string;
  readonly partition: number;
  readonly maxBodyBytes: number;
  readonly nowMs: number;
}

/** Decides on records in order, and records their revisions in the table. */
export function filterRecords<R extends LogRecord>(
  records: readonly R[],
  table: EntityTable,
  context: FilterContext,
): FilteredRecords<R> {
  const { maxBodyBytes, nowMs } = context;
  const latest: OutputRecord[] = [];
  const latestSources: R[] = [];
  const latestKnown: (bigint | undefined)[] = [];
  const deadLetters: OutputRecord[] = [];
  const counts = new Map<FilterOutcome, Map<FamilyLabel, number>>();
  const defects: unknown[] = [];
  const revisionsBehind: number[] = [];
  let newestMs = 0;

  function count(outcome: FilterOutcome, name: string): void {
    const family = toFamilyLabel(name);
    const byFamily = counts.get(outcome) ?? new Map<FamilyLabel, number>();
    counts.set(outcome, byFamily.set(family, (byFamily.get(family) ?? 0) + 1));
  }

  function reject(record: LogRecord, reason: FilterReason, name: string): void {
    deadLetters.push(toDeadLetter(record, reason, context));
    count('dead_lettered', name);
  }

  for (const record of records) {
    const timestampMs = toTimestamp(record, nowMs);
    newestMs = Math.max(newestMs, timestampMs);
    const event = readEvent(record);
    if (event.kind === 'unreadable') {
      reject(record, event.reason, '');
      if (event.error !== undefined) {
        defects.push(event.error);
      }
      continue;
    }
    const { body } = record;
    if (body.length > maxBodyBytes) {
      reject(record, 'too_large', event.name);
    } else {
      const revision = event.kind === 'tracked' ? event.revision : undefined;
      const known =
        event.kind === 'tracked'
          ? table.raise(event.key, event.revision, timestampMs)
          : event.key && table.find(event.key);
      const decision = decideRevision(known, revision);
      if (decision === 'forward' || decision === 'untracked') {
        latest.push({
          timestampMs,
          body,
          ...(revision === undefined &&
            known !== undefined && { extraHeader: [entityRevisionHeader, String(known)] as const }),
        });
        latestSources.push(record);
        latestKnown.push(known);
      } else if (decision === 'obsolete' && known !== undefined && revision !== undefined) {
        revisionsBehind.push(Number(known - revision));
      }
      count(decision === 'forward' ? 'forwarded' : decision, event.name);
    }
  }
  return {
    latest,
    latestSources,
    latestKnown,
    deadLetters,
    counts,
    defects,
    revisionsBehind,
    timestampMs: newestMs,
  };
}

/** The time of a record, never later than now: a clock that is ahead must not make the table forget other entities. */
export function toTimestamp({ timestampMs }: LogRecord, nowMs: number): number {
  return timestampMs < 0 ? nowMs : Math.min(timestampMs, nowMs);
}

/** The bytes as they were read, with their place in the headers. */
export function toDeadLetter(
  record: LogRecord,
  reason: FilterReason,
  { topic, partition, nowMs }: FilterContext,
): OutputRecord {
  const webhook = findHeader(record, 'webhook');
  return {
    timestampMs: nowMs,
    key: record.key,
    value: record.value,
    headers: {
      reason,
      'received-at': findHeader(record, 'received-at') ?? new Date(toTimestamp(record, nowMs)).toISOString(),
      ...(webhook !== undefined && { webhook }),
      'source-topic': topic,
      'source-partition': String(partition),
      'source-offset': String(record.offset),
    },
  };
}

/** A record whose headers cannot be read is put aside as well: it must not hold up its partition. */
function findHeader(record: LogRecord, name: string): string | undefined {
  try {
    return record.header(name);
  } catch {
    return undefined;
  }
}
