import type { DeadLetterSource, RejectionReason, SinkRecord } from '../ports/sink.ts';
import type { EventFields } from './event-fields.ts';
import { findEventKey } from './event-key.ts';
import { type SplitBody, splitEvents } from './split-events.ts';
import {
  type DeadLetterReason,
  type DeliveryFacts,
  type EventFacts,
  toDeadLetter,
  toEventRecord,
} from './to-record.ts';
import type { VerifiedBody } from './verified-body.ts';

export interface PlannedDeadLetter {
  readonly record: SinkRecord;
  readonly reason: DeadLetterReason;
  /** With the reason `unexpected_error`: what was thrown. */
  readonly error?: unknown;
}

/** The records of one body. */
export class RecordPlan implements DeadLetterSource {
  /** One record for each event that has a key. */
  readonly events: readonly SinkRecord[];
  /** Position in the body's array of each of `events`. */
  readonly batchIndexes: readonly number[];
  readonly deadLetters: readonly PlannedDeadLetter[];
  readonly facts: DeliveryFacts;

  constructor(
    { events, batchIndexes }: Pick<SplitBody<SinkRecord>, 'events' | 'batchIndexes'>,
    deadLetters: readonly PlannedDeadLetter[],
    facts: DeliveryFacts,
  ) {
    this.events = events;
    this.batchIndexes = batchIndexes;
    this.deadLetters = deadLetters;
    this.facts = facts;
  }

  deadLetterFor(index: number, reason: RejectionReason): SinkRecord | undefined {
    const event = this.events[index];
    return event && toDeadLetter(event.value, reason, this.batchIndexes[index], this.facts);
  }
}

/** Splits one body and makes the records of its events and dead letters. Stores nothing. */
export function planRecords(body: VerifiedBody, eventFacts: EventFacts, fields: EventFields): RecordPlan {
  const split = splitEvents(body, fields, (slice) => {
    const key = findEventKey(slice);
    return key && toEventRecord(slice, key, eventFacts);
  });
  const facts = { ...eventFacts, batchSize: split.batchSize };
  const deadLetters = split.unusable.map(({ bytes, reason, batchIndex, error }) => ({
    record: toDeadLetter(bytes, reason, batchIndex, facts),
    reason,
    error,
  }));
  return new RecordPlan(split, deadLetters, facts);
}
