import { type ReceiverSink, SinkError } from '../ports/sink.ts';
import type { IsoClock } from '../runtime/clock.ts';
import type { Admission, AdmissionGate } from './admission-gate.ts';
import type { Delivery, Outcome } from './delivery.ts';
import type { EventFields } from './event-fields.ts';
import type { Observers } from './observers.ts';
import { planRecords, type RecordPlan } from './plan-records.ts';
import { type RecordRules, toCommonHeaders } from './record-headers.ts';
import { Refusal, type RefusalCode } from './refusal.ts';
import { noDeadLetters, storeRecords } from './store-records.ts';
import { findTestEvent, isTestEvent } from './test-events.ts';
import type { EventFacts } from './to-record.ts';
import { requireSignature, requireUnencodedBody, type SignatureCheck } from './verify-signature.ts';

/** The parts of a receiver that every delivery passes through. */
export interface Receiver {
  readonly gate: AdmissionGate;
  readonly signatureCheck: SignatureCheck;
  readonly eventFields: EventFields;
  readonly recordRules: RecordRules;
  readonly isoNow: IsoClock;
  readonly sink: ReceiverSink;
  readonly observers: Observers;
}

type OutcomeDraft = { -readonly [K in keyof Outcome]: Outcome[K] };

/**
 * Processes a delivery from the first byte to the outcome. A step that refuses the delivery throws. The promise never
 * rejects.
 */
export async function receiveWebhook(delivery: Delivery, receiver: Receiver): Promise<Outcome> {
  const outcome = startOutcome();
  let admission: Admission | undefined;
  try {
    admission = receiver.gate.admit(delivery.declaredBytes);
    requireUnencodedBody(delivery.contentEncoding);
    const signature = requireSignature(delivery.signature);

    const bytes = await delivery.readBody(admission);
    outcome.bodyBytes = bytes.length;

    const { body, secret } = receiver.signatureCheck.verify(bytes, signature, delivery.webhook.secrets());
    outcome.secret = secret;
    delivery.onVerified();
    admission.takePlace(bytes.length);

    const plan = planRecords(body, toEventFacts(delivery, receiver), receiver.eventFields);
    outcome.received = plan.events.length + plan.deadLetters.length;
    outcome.events = plan.events;
    outcome.own = findTestEventLabel(plan);
    receiver.observers.observeEvents(plan);
    admission.addRecords(outcome.received);

    outcome.appendStartedAt = performance.now();
    const { stored, spooled, deadLettered } = await storeRecords(receiver.sink, plan, delivery.deadline);
    outcome.appendMs = performance.now() - outcome.appendStartedAt;
    outcome.stored = stored;
    outcome.spooled = spooled;
    outcome.deadLettered = deadLettered;
  } catch (error) {
    outcome.code = toRefusalCode(error);
    outcome.cause = error;
  } finally {
    admission?.release();
  }
  return outcome;
}

/** Sets all members at once, because V8 would reallocate the object if members were added later. */
function startOutcome(): OutcomeDraft {
  return {
    code: 'ok',
    bodyBytes: 0,
    received: 0,
    stored: 0,
    spooled: 0,
    events: undefined,
    deadLettered: noDeadLetters,
    secret: undefined,
    own: undefined,
    appendStartedAt: undefined,
    appendMs: undefined,
    cause: undefined,
  };
}

function toEventFacts({ webhook, traceparent }: Delivery, { isoNow, recordRules }: Receiver): EventFacts {
  const { name, topics } = webhook;
  const origin = { webhook: name, receivedAt: isoNow(), traceparent };
  return { webhook: name, topics, commonHeaders: toCommonHeaders(origin, recordRules) };
}

function findTestEventLabel({ events, deadLetters }: RecordPlan): Outcome['own'] {
  return deadLetters.length === 0 && isTestEvent(events[0]?.headers.ce_type ?? '')
    ? findTestEvent(events.map(({ headers }) => headers.ce_type))
    : undefined;
}

function toRefusalCode(error: unknown): RefusalCode {
  return error instanceof Refusal || error instanceof SinkError ? error.code : 'internal_error';
}
