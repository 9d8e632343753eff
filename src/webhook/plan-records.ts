import type { RejectionReason, SinkRecord } from '../ports/sink.ts';
import type { EventFields } from './event-fields.ts';
import { findEventKey } from './event-key.ts';
import { type SplitResult, splitEvents } from './split-events.ts';
import { type DeadLetterReason, type EventFacts, toDeadLetter, toEventRecord } from './to-record.ts';
import type { VerifiedBody } from './verified-body.ts';

export interface PlannedDeadLetter {
  readonly record: SinkRecord;
  readonly reason: DeadLetterReason;
  /** The error that occurred. Present for the reason `unexpected_error`. */
  readonly error?: unknown;
}

type SplitRecordsResult = Pick<SplitResult<SinkRecord>, 'events' | 'batchIndexes' | 'batchSize'>;

/** The records of one body, ready to be stored. */
export class RecordPlan {
  /** One record per event that has a key. */
  readonly events: readonly SinkRecord[];
  /** For each item of `events`, its index in the body's array. */
  readonly batchIndexes: readonly number[];
  readonly batchSize: number;
  readonly deadLetters: readonly PlannedDeadLetter[];
  readonly facts: EventFacts;

  constructor(
    { events, batchIndexes, batchSize }: SplitRecordsResult,
    deadLetters: readonly PlannedDeadLetter[],
    facts: EventFacts,
  ) {
    this.events = events;
    this.batchIndexes = batchIndexes;
    this.batchSize = batchSize;
    this.deadLetters = deadLetters;
    this.facts = facts;
  }

  /** @returns `undefined` if the record at this index is itself a dead letter */
  deadLetterFor(index: number, reason: RejectionReason): SinkRecord | undefined {
    const event = this.events[index];
    const bodyPosition = { batchIndex: this.batchIndexes[index], batchSize: this.batchSize };
    return event && toDeadLetter(event.value, reason, bodyPosition, this.facts);
  }
}

/** Splits a body and creates records for its events and dead letters, without storing the records. */
export function planRecords(body: VerifiedBody, facts: EventFacts, fields: EventFields): RecordPlan {
  const splitResult = splitEvents(body, fields, (slice) => {
    const key = findEventKey(slice);
    return key && toEventRecord(slice, key, facts);
  });
  const deadLetters = splitResult.unusable.length === 0 ? noDeadLetters : toDeadLetters(splitResult, facts);
  return new RecordPlan(splitResult, deadLetters, facts);
}

/** Shared by all plans without dead letters, which are nearly all plans. */
const noDeadLetters: readonly PlannedDeadLetter[] = [];

function toDeadLetters(
  { unusable, batchSize }: SplitResult<SinkRecord>,
  facts: EventFacts,
): readonly PlannedDeadLetter[] {
  return unusable.map(({ bytes, reason, batchIndex, error }) => ({
    record: toDeadLetter(bytes, reason, { batchIndex, batchSize }, facts),
    reason,
    error,
  }));
}
