import { type ReceiverSink, SinkError } from '../ports/sink.ts';
import type { IsoClock } from '../runtime/clock.ts';
import type { Admission, AdmissionGate } from './admission-gate.ts';
import type { Delivery, FailedEvents, Outcome } from './delivery.ts';
import type { EventFields } from './event-fields.ts';
import { planRecords, type RecordPlan } from './plan-records.ts';
import { type RecordRules, toCommonHeaders } from './record-headers.ts';
import { Refusal, type RefusalCode } from './refusal.ts';
import { noDeadLetters, storeRecords } from './store-records.ts';
import { findTestEvent, isTestEvent } from './test-events.ts';
import type { EventFacts } from './to-record.ts';
import { requirePlainBody, requireSignature, type VerifySignature } from './verify-signature.ts';

export interface ReceiveWebhookDeps {
  readonly gate: AdmissionGate;
  readonly sink: ReceiverSink;
  readonly verifySignature: VerifySignature;
  readonly eventFields: EventFields;
  readonly recordRules: RecordRules;
  readonly isoNow: IsoClock;
  /** Runs an observer. It never throws, because a failing observer must not cause a delivery to be rejected. */
  readonly observeOnly: (webhook: string, run: () => void) => void;
  /**
   * Counts the received events, which are one side of the ledger. Called for each verified body before its events are
   * stored.
   */
  readonly observeReceived: (webhook: string, events: number) => void;
  /** Called if events became dead letters because of an unexpected error in this program. */
  readonly observeFailure: (failed: FailedEvents) => void;
}

type OutcomeDraft = { -readonly [K in keyof Outcome]: Outcome[K] };

/**
 * Processes a delivery from the first byte to the outcome. A step that refuses the delivery throws. The promise never
 * rejects.
 */
export async function receiveWebhook(delivery: Delivery, deps: ReceiveWebhookDeps): Promise<Outcome> {
  const outcome = startOutcome();
  let admission: Admission | undefined;
  try {
    admission = deps.gate.admit(delivery.declaredBytes);
    requirePlainBody(delivery.contentEncoding);
    const signature = requireSignature(delivery.signature);

    const bytes = await delivery.readBody(admission);
    outcome.bodyBytes = bytes.length;

    const { body, secret } = deps.verifySignature(bytes, signature, delivery.webhook.secrets());
    outcome.secret = secret;
    delivery.onVerified?.();
    admission.takePlace(bytes.length);

    const plan = planRecords(body, toEventFacts(delivery, deps), deps.eventFields);
    outcome.received = plan.events.length + plan.deadLetters.length;
    outcome.events = plan.events;
    observePlan(plan, deps, outcome);
    admission.addRecords(outcome.received);

    delivery.trace?.beginStore();
    const appendStartedAt = performance.now();
    const { stored, spooled, deadLettered } = await storeRecords(deps.sink, plan, delivery.deadline);
    outcome.appendMs = performance.now() - appendStartedAt;
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

/** Sets every member initially, because V8 would reallocate the object if members were added later. */
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
    appendMs: undefined,
    cause: undefined,
  };
}

function toEventFacts(
  { webhook, traceparent }: Delivery,
  { isoNow, recordRules }: ReceiveWebhookDeps,
): EventFacts {
  const { name, topics } = webhook;
  const origin = { webhook: name, receivedAt: isoNow(), traceparent };
  return { webhook: name, topics, commonHeaders: toCommonHeaders(origin, recordRules) };
}

/**
 * Reports a plan to the observers. This is a separate function, so that no closure keeps the variables of
 * `receiveWebhook` alive until the store responds.
 */
function observePlan(plan: RecordPlan, deps: ReceiveWebhookDeps, outcome: OutcomeDraft): void {
  const { webhook } = plan.facts;
  deps.observeOnly(webhook, () => {
    deps.observeReceived(webhook, outcome.received);
    reportFailures(plan, deps);
    outcome.own = findTestEventLabel(plan);
  });
}

function findTestEventLabel({ events, deadLetters }: RecordPlan): Outcome['own'] {
  return deadLetters.length === 0 && isTestEvent(events[0]?.headers.ce_type ?? '')
    ? findTestEvent(events.map(({ headers }) => headers.ce_type))
    : undefined;
}

function reportFailures({ deadLetters, facts }: RecordPlan, deps: ReceiveWebhookDeps): void {
  if (deadLetters.length === 0) {
    return;
  }
  const failures = deadLetters.filter(({ reason }) => reason === 'unexpected_error');
  if (failures.length > 0) {
    deps.observeFailure({ webhook: facts.webhook, events: failures.length, err: failures[0]?.error });
  }
}

function toRefusalCode(error: unknown): RefusalCode {
  return error instanceof Refusal || error instanceof SinkError ? error.code : 'internal_error';
}
