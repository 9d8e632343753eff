import type { RoutedTopics } from '../../config/topic-names.ts';
import type { DeadLetter } from '../../ports/dead-letter.ts';
import type { Sink, SinkRecord } from '../../ports/sink.ts';
import type { EventFields } from '../../webhook/event-fields.ts';
import { byteAt, contentStart, openBracket } from '../../webhook/json-bytes.ts';
import { planRecords, RecordPlan } from '../../webhook/plan-records.ts';
import type { RecordHeaders } from '../../webhook/record-headers.ts';
import { storeRecords } from '../../webhook/store-records.ts';
import { readmitDeadLetter } from '../../webhook/verified-body.ts';

/** The result for one dead letter. */
export type ReplayOutcome =
  | { readonly kind: 'replayed'; readonly topics: readonly string[]; readonly events: number }
  /** It would be dead-lettered again, and stays in its place. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface PlanReplayDeps {
  readonly eventFields: EventFields;
  readonly recordHeaders?: RecordHeaders | undefined;
  /** Topics of a registration. */
  readonly topicsOf: (webhook: string) => RoutedTopics;
}

export interface PlannedReplay {
  readonly plan: RecordPlan;
  /** The store may still reject a record. */
  readonly outcome: ReplayOutcome;
}

/** Splits and keys a dead letter as the receiver does. The header `replayed-from` of each record names its place. */
export function planReplay(
  letter: DeadLetter,
  { eventFields, recordHeaders, topicsOf }: PlanReplayDeps,
): PlannedReplay {
  const { webhook, receivedAt, traceparent, bytes, place, isElement } = letter;
  const topics = topicsOf(webhook);
  const facts = {
    webhook,
    topic: topics.events,
    deadLetterTopic: topics.deadLetter,
    receivedAt,
    ...(topics.rules !== undefined && { topicRules: topics.rules }),
    ...(traceparent !== undefined && { traceparent }),
    ...(recordHeaders !== undefined && { recordHeaders }),
  };
  const plan = planRecords(readmitDeadLetter(bytes), facts, eventFields);
  const events = plan.events.map((record) => markReplayed(record, place));
  // An array that was an element of a batch must not become a batch of its own. An element that was not looked into, such as
  // one that is too deep, may begin with a byte order mark, and splitting would leave it out.
  const isNestedArray = isElement && byteAt(bytes, contentStart(bytes)) === openBracket;
  const [failure] = plan.deadLetters;
  const outcome: ReplayOutcome =
    isNestedArray || events.length === 0
      ? { kind: 'failed', reason: isNestedArray ? 'not_object' : (failure?.reason ?? 'no_events') }
      : { kind: 'replayed', topics: listTargets(events), events: events.length };
  const { batchIndexes, deadLetters } = plan;
  return { plan: new RecordPlan({ events, batchIndexes }, deadLetters, plan.facts), outcome };
}

function listTargets(events: readonly SinkRecord[]): string[] {
  return [...new Set(events.map(({ topic }) => topic))].toSorted();
}

function markReplayed(record: SinkRecord, place: string): SinkRecord {
  return { ...record, headers: { ...record.headers, 'replayed-from': place } };
}

/**
 * Appends what was planned. A single event that the store rejects stays where it is. If a body has several events,
 * the rejected ones become new dead letters.
 *
 * @throws {SinkError}
 */
export async function appendReplay(
  { plan, outcome }: PlannedReplay,
  sink: Sink,
  deadline: number,
): Promise<ReplayOutcome> {
  if (outcome.kind === 'failed') {
    return outcome;
  }
  if (plan.events.length === 1 && plan.deadLetters.length === 0) {
    const [rejection] = await sink.append(plan.events, deadline);
    return rejection === undefined ? outcome : { kind: 'failed', reason: rejection.reason };
  }
  const { stored } = await storeRecords(sink, plan, deadline);
  return { ...outcome, events: stored };
}
