import type { Rejection, Sink } from '../ports/sink.ts';
import type { PlannedDeadLetter, RecordPlan } from './plan-records.ts';
import { Refusal } from './refusal.ts';
import type { DeadLetterReason } from './to-record.ts';

export interface StoredCounts {
  readonly stored: number;
  readonly deadLettered: ReadonlyMap<DeadLetterReason, number>;
}

/** Shared by all deliveries without dead letters, which are nearly all deliveries. */
export const noDeadLetters: ReadonlyMap<DeadLetterReason, number> = new Map();

/**
 * Stores the records of a plan. An event that the store rejects becomes a dead letter within the same deadline. The other
 * events are stored.
 *
 * @throws {SinkError} as `Sink.append`
 * @throws {Refusal} `dead_letter_refused` if the store rejects a dead letter too
 */
export function storeRecords(sink: Sink, plan: RecordPlan, deadline: number): Promise<StoredCounts> {
  const { events, deadLetters } = plan;
  const records = deadLetters.length === 0 ? events : [...events, ...deadLetters.map(({ record }) => record)];
  const appended = records.length === 0 ? noRejections : sink.append(records, deadline);
  // Not awaited: nearly every delivery ends here, and an async function would keep twice as much memory alive while it waits.
  return appended.then((rejections) => {
    if (rejections.length === 0 && deadLetters.length === 0) {
      return { stored: events.length, deadLettered: noDeadLetters };
    }
    return storeRejected(sink, plan, rejections, deadline);
  });
}

const noRejections: Promise<readonly Rejection[]> = Promise.resolve([]);

async function storeRejected(
  sink: Sink,
  plan: RecordPlan,
  rejections: readonly Rejection[],
  deadline: number,
): Promise<StoredCounts> {
  const { events, deadLetters } = plan;
  const late = toLateDeadLetters(plan, rejections);
  if (late.length > 0) {
    const lateRecords = late.map(({ record }) => record);
    for (const { reason } of await sink.append(lateRecords, deadline)) {
      throw new Refusal('dead_letter_refused', `The store rejected a dead letter: ${reason}`);
    }
  }
  return { stored: events.length - late.length, deadLettered: countReasons([...deadLetters, ...late]) };
}

function toLateDeadLetters(plan: RecordPlan, rejections: readonly Rejection[]): PlannedDeadLetter[] {
  return rejections.map(({ index, reason }) => {
    const record = plan.deadLetterFor(index, reason);
    if (record === undefined) {
      throw new Refusal('dead_letter_refused', `The store rejected a dead letter: ${reason}`);
    }
    return { record, reason };
  });
}

function countReasons(deadLetters: readonly PlannedDeadLetter[]): Map<DeadLetterReason, number> {
  const counts = new Map<DeadLetterReason, number>();
  for (const { reason } of deadLetters) {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return counts;
}
