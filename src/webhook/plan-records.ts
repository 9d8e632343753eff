import type { SinkRecord } from '../sink/sink.ts';
import { findEventKey } from './event-key.ts';
import type { KeyRules } from './key-rules.ts';
import { splitEvents } from './split-events.ts';
import { type DeadLetterReason, type DeliveryFacts, toDeadLetter, toEventRecord } from './to-record.ts';
import type { VerifiedBody } from './verified-body.ts';

export interface RecordPlan {
  /** One record for each event that has a key. */
  readonly events: readonly SinkRecord[];
  /** Position in the body's array of each of `events`. */
  readonly batchIndexes: readonly number[];
  readonly deadLetters: readonly { readonly record: SinkRecord; readonly reason: DeadLetterReason }[];
  readonly facts: DeliveryFacts;
}

/** What one body becomes: split and keyed, nothing stored yet. */
export function planRecords(
  body: VerifiedBody,
  given: Omit<DeliveryFacts, 'batchSize'>,
  keyRules: KeyRules,
): RecordPlan {
  const split = splitEvents(body);
  const facts = { ...given, batchSize: split.batchSize };
  const events: SinkRecord[] = [];
  const batchIndexes: number[] = [];
  const deadLetters = split.unusable.map(({ bytes, reason, batchIndex }) => ({
    record: toDeadLetter(bytes, reason, batchIndex, facts),
    reason: reason as DeadLetterReason,
  }));
  for (const slice of split.events) {
    const key = findEventKey(slice, keyRules);
    if (key === undefined) {
      const record = toDeadLetter(slice.bytes, 'no_key', slice.batchIndex, facts);
      deadLetters.push({ record, reason: 'no_key' });
    } else {
      events.push(toEventRecord(slice, key, facts));
      batchIndexes.push(slice.batchIndex);
    }
  }
  return { events, batchIndexes, deadLetters, facts };
}
