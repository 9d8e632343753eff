import { findLost, judgeDeadLetters, type Violation } from '../../faults/verdict/judge.ts';
import { judgeKeys, judgeOrder } from '../../faults/verdict/judge-records.ts';
import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import type { SimulationViolation } from '../scenario.ts';
import type { RoundEvidence } from './evidence.ts';

/** Every acknowledged event must be in the store, in a dead letter or in a spool. */
export function judgeLosses(evidence: RoundEvidence): SimulationViolation[] {
  const { deadLetters, spooled } = evidence;
  const rejected = deadLetters.filter((record) => isRejected(record, evidence));
  return findLost(evidence)
    .filter((id) => !rejected.some((record) => hasId(record, id)) && spooled?.has(id) !== true)
    .map((id) => ({ kind: 'lost', text: `acknowledged and not stored: ${id}` }));
}

/** At the end of a round, each spool must be drained, except for records that the store cannot accept. */
export function judgeWaitingRecords({
  log,
  stored,
  spooled,
  mayReject,
  isGone,
}: RoundEvidence): SimulationViolation[] {
  const done = new Set(stored.map(({ headers }) => headers.ce_id));
  return log.requests
    .flatMap(({ events }) => events)
    .filter(({ id, key }) => !mayReject && spooled?.has(id) === true && !done.has(id) && !isGone(key))
    .map(({ id }) => ({ kind: 'not live again', text: `waits in a spool: ${id}` }));
}

export function judgeKnownKeys(evidence: RoundEvidence): Violation[] {
  return evidence.isMisled ? [] : judgeKeys(evidence);
}

/** Checks the order of the events whose sender waits for each response. Spooled records have no defined order. */
export function judgeWaitingOrder(evidence: RoundEvidence): Violation[] {
  return evidence.spooled === undefined ? judgeOrder(evidence) : [];
}

/** Invalid elements must be stored as dead letters, which may also wait in a spool. */
export function judgeLetters(evidence: RoundEvidence): Violation[] {
  const { log, deadLetters, spooled = new Set() } = evidence;
  const others = deadLetters.filter((record) => !isRejected(record, evidence));
  return judgeDeadLetters({ log, deadLetters: others }).filter(
    ({ text }) => ![...spooled].some((id) => text.includes(id)),
  );
}

/** Whether the store rejected the record because of a fault, for which no rule is violated. */
function isRejected({ headers }: StoredRecord, { mayReject }: RoundEvidence): boolean {
  return mayReject && (headers.reason === 'rejected_by_broker' || headers.reason === 'too_large');
}

function hasId({ value }: StoredRecord, id: string): boolean {
  return value?.includes(`"eventId":"${id}"`) === true;
}
