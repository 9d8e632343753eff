import type { Rejection, Sink, SinkRecord } from '../sink/sink.ts';
import type { RecordPlan } from './plan-records.ts';
import { Refusal } from './refusal.ts';
import { type DeadLetterReason, toDeadLetter } from './to-record.ts';

export interface StoredCounts {
  readonly stored: number;
  readonly deadLettered: ReadonlyMap<DeadLetterReason, number>;
}

/**
 * Appends a plan. An event that the store will never take becomes a dead letter inside the same deadline; its
 * neighbours are stored.
 *
 * @throws {SinkError} as `Sink.append`
 * @throws {Refusal} `dead_letter_refused` when the store will not take a dead letter either
 */
export async function storeRecords(sink: Sink, plan: RecordPlan, deadline: number): Promise<StoredCounts> {
  const { events, deadLetters, batchIndexes, facts } = plan;
  const deadLettered = new Map<DeadLetterReason, number>();
  const count = (reason: DeadLetterReason) => deadLettered.set(reason, (deadLettered.get(reason) ?? 0) + 1);
  for (const { reason } of deadLetters) {
    count(reason);
  }
  const records = deadLetters.length === 0 ? events : [...events, ...deadLetters.map(({ record }) => record)];
  const late: SinkRecord[] = [];
  for (const { index, reason } of await append(sink, records, deadline)) {
    const rejected = events[index];
    if (rejected === undefined) {
      throw new Refusal('dead_letter_refused', `The store rejected a dead letter: ${reason}`);
    }
    late.push(toDeadLetter(rejected.value, reason, batchIndexes[index], facts));
    count(reason);
  }
  for (const { reason } of await append(sink, late, deadline)) {
    throw new Refusal('dead_letter_refused', `The store rejected a dead letter: ${reason}`);
  }
  return { stored: events.length - late.length, deadLettered };
}

async function append(
  sink: Sink,
  records: readonly SinkRecord[],
  deadline: number,
): Promise<readonly Rejection[]> {
  return records.length === 0 ? [] : sink.append(records, deadline);
}
