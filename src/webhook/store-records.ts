import type { ReceiverSink, Rejection, SpooledRecord } from '../ports/sink.ts';
import type { PlannedDeadLetter, RecordPlan } from './plan-records.ts';
import { Refusal } from './refusal.ts';
import type { DeadLetterReason } from './to-record.ts';

export interface StoreResult {
  readonly stored: number;
  readonly spooled: number;
  readonly deadLettered: ReadonlyMap<DeadLetterReason, number>;
}

/** Shared by all deliveries without dead letters, which are nearly all deliveries. */
export const noDeadLetters: ReadonlyMap<DeadLetterReason, number> = new Map();

/**
 * Stores the records of a plan. An event that the store rejects becomes a dead letter within the same deadline. The
 * other events are stored.
 *
 * @throws {SinkError} for the same reasons as `Sink.append`
 * @throws {Refusal} `dead_letter_refused` if the store rejects a dead letter too
 */
export function storeRecords(sink: ReceiverSink, plan: RecordPlan, deadline: number): Promise<StoreResult> {
  const { events, deadLetters } = plan;
  const records = deadLetters.length === 0 ? events : [...events, ...deadLetters.map(({ record }) => record)];
  const appendResult = records.length === 0 ? noRejections : sink.append(records, deadline);
  // The promise is returned instead of awaited, because an async function would keep twice as much memory alive while
  // it waits. For nearly every delivery, this is the last step.
  return appendResult.then((exceptions) => {
    if (exceptions.length === 0 && deadLetters.length === 0) {
      return { stored: events.length, spooled: 0, deadLettered: noDeadLetters };
    }
    return storeRejectedEvents(sink, plan, exceptions, deadline);
  });
}

type RejectedOrSpooledRecord = Rejection | SpooledRecord;

const noRejections: Promise<readonly Rejection[]> = Promise.resolve([]);

async function storeRejectedEvents(
  sink: ReceiverSink,
  plan: RecordPlan,
  exceptions: readonly RejectedOrSpooledRecord[],
  deadline: number,
): Promise<StoreResult> {
  const { events, deadLetters } = plan;
  const storeRejections = toRejectedDeadLetters(plan, exceptions.filter(isRejection));
  if (storeRejections.length > 0) {
    const deadLetterRecords = storeRejections.map(({ record }) => record);
    const rejection = (await sink.append(deadLetterRecords, deadline)).find(isRejection);
    if (rejection !== undefined) {
      throw new Refusal('dead_letter_refused', `The store rejected a dead letter: ${rejection.reason}`);
    }
  }
  // Dead letters in the spool are counted only as dead letters, not as spooled events.
  const spooledCount = exceptions.filter((each) => !isRejection(each) && each.index < events.length).length;
  return {
    stored: events.length - storeRejections.length - spooledCount,
    spooled: spooledCount,
    deadLettered: countReasons([...deadLetters, ...storeRejections]),
  };
}

function isRejection(exception: RejectedOrSpooledRecord): exception is Rejection {
  return exception.reason !== 'spooled';
}

function toRejectedDeadLetters(plan: RecordPlan, rejections: readonly Rejection[]): PlannedDeadLetter[] {
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
