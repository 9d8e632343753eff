import { type Sink, SinkError } from '../ports/sink.ts';
import type { IsoClock } from '../runtime/clock.ts';
import type { Admission, AdmissionGate } from './admission-gate.ts';
import { readCanary } from './canary.ts';
import type { Delivery, FailedEvents, Outcome } from './delivery.ts';
import type { EventFields } from './event-fields.ts';
import { findOwnEvent } from './own-events.ts';
import { planRecords, type RecordPlan } from './plan-records.ts';
import type { RecordHeaders } from './record-headers.ts';
import { Refusal, type RefusalCode } from './refusal.ts';
import { noDeadLetters, storeRecords } from './store-records.ts';
import type { EventFacts } from './to-record.ts';
import { parseSignature, requirePlainBody, type VerifySignature } from './verify-signature.ts';

export interface ReceiveWebhookDeps {
  readonly gate: AdmissionGate;
  readonly sink: Sink;
  readonly verifySignature: VerifySignature;
  readonly eventFields: EventFields;
  readonly recordHeaders?: RecordHeaders | undefined;
  readonly isoNow: IsoClock;
  /** Runs what only observes. It never throws: that refuses no delivery. */
  readonly observeOnly: (webhook: string, run: () => void) => void;
  /** Runs for each verified body, before its events are stored: one side of the ledger. */
  readonly observeReceived: (webhook: string, events: number) => void;
  /** Runs when events became dead letters because this program failed on them. */
  readonly observeFailure: (failed: FailedEvents) => void;
}

type OutcomeDraft = { -readonly [K in keyof Outcome]: Outcome[K] };

/** One delivery, from the first byte to the outcome. A step that refuses the delivery throws. This never rejects. */
export async function receiveWebhook(delivery: Delivery, deps: ReceiveWebhookDeps): Promise<Outcome> {
  const { webhook, deadline, trace } = delivery;
  const outcome: OutcomeDraft = {
    code: 'ok',
    bodyBytes: 0,
    received: 0,
    stored: 0,
    deadLettered: noDeadLetters,
  };
  let admission: Admission | undefined;
  try {
    admission = deps.gate.admit(webhook.name, delivery.declaredBytes);
    requirePlainBody(delivery.contentEncoding);
    const signature = parseSignature(delivery.signature);

    trace?.enter('read body');
    const bytes = await delivery.readBody(admission);
    outcome.bodyBytes = bytes.length;

    trace?.enter('verify signature');
    const verifyStartedAt = performance.now();
    const { body, secret } = deps.verifySignature(bytes, signature, webhook.secrets());
    outcome.verifyMs = performance.now() - verifyStartedAt;
    outcome.secret = secret;
    delivery.onVerified?.();
    admission.takePlace(bytes.length);

    trace?.enter('split events');
    const plan = planRecords(body, toEventFacts(delivery, deps), deps.eventFields);
    outcome.received = plan.events.length + plan.deadLetters.length;
    outcome.events = plan.events;
    deps.observeOnly(webhook.name, () => {
      deps.observeReceived(webhook.name, outcome.received);
      reportFailures(webhook.name, plan, deps);
      outcome.own = findOwn(plan);
      outcome.canary = readCanary(plan.events);
    });
    admission.addRecords(outcome.received);

    trace?.enter('store');
    const appendStartedAt = performance.now();
    const { stored, deadLettered } = await storeRecords(deps.sink, plan, deadline);
    outcome.appendMs = performance.now() - appendStartedAt;
    outcome.stored = stored;
    outcome.deadLettered = deadLettered;
  } catch (error) {
    outcome.code = toRefusalCode(error);
    outcome.cause = error;
  } finally {
    admission?.release();
  }
  return outcome;
}

function toEventFacts(
  { webhook, traceparent }: Delivery,
  { isoNow, recordHeaders }: ReceiveWebhookDeps,
): EventFacts {
  const { name, topic, deadLetterTopic, topicRules } = webhook;
  return {
    webhook: name,
    topic,
    deadLetterTopic,
    topicRules,
    receivedAt: isoNow(),
    traceparent,
    recordHeaders,
  };
}

function findOwn({ events, deadLetters }: RecordPlan): Outcome['own'] {
  return deadLetters.length === 0 ? findOwnEvent(events.map(({ headers }) => headers.ce_type)) : undefined;
}

function reportFailures(webhook: string, { deadLetters }: RecordPlan, deps: ReceiveWebhookDeps): void {
  const failures = deadLetters.filter(({ reason }) => reason === 'unexpected_error');
  if (failures.length > 0) {
    deps.observeFailure({ webhook, events: failures.length, err: failures[0]?.error });
  }
}

function toRefusalCode(error: unknown): RefusalCode {
  return error instanceof Refusal || error instanceof SinkError ? error.code : 'internal_error';
}
