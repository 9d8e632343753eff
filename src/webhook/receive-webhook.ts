import type { Clock } from '../runtime/clock.ts';
import { isoTime } from '../runtime/iso-time.ts';
import type { Sink } from '../sink/sink.ts';
import { SinkError } from '../sink/sink-error.ts';
import type { Admission, AdmissionGate } from './admission-gate.ts';
import type { KeyRules } from './key-rules.ts';
import { planRecords } from './plan-records.ts';
import { Refusal, type RefusalCode } from './refusal.ts';
import type { KnownSecrets } from './secret.ts';
import { noDeadLetters, storeRecords } from './store-records.ts';
import type { DeadLetterReason } from './to-record.ts';
import { parseSignature, verifySignature } from './verify-signature.ts';

/** One registration with the provider. */
export interface Webhook {
  readonly name: string;
  readonly path: string;
  readonly topic: string;
  readonly deadLetterTopic: string;
  /** Read for every delivery: secrets change while the process runs. */
  secrets(): KnownSecrets;
}

/** A delivery as the HTTP layer hands it over. */
export interface Delivery {
  readonly webhook: Webhook;
  readonly signature: string | undefined;
  readonly declaredBytes: number | undefined;
  readonly contentEncoding: string | undefined;
  readonly traceparent: string | undefined;
  /** Epoch milliseconds: the answer is out by then. */
  readonly deadline: number;
  /** @throws {Refusal} `too_large`, `body_timeout`, `aborted` or `overloaded` */
  readBody(admission: Admission): Promise<Buffer>;
}

/** How a delivery ended; metrics, log line and answer are all made from this. */
export interface Outcome {
  readonly code: 'ok' | RefusalCode;
  readonly bodyBytes: number;
  /** Events in the verified body; each one is stored, dead-lettered or refused. */
  readonly received: number;
  readonly stored: number;
  readonly deadLettered: ReadonlyMap<DeadLetterReason, number>;
  /** Label of the secret that verified the body. */
  readonly secret?: string;
  readonly verifyMs?: number;
  readonly appendMs?: number;
  /** Why it was refused, for the log. */
  readonly cause?: unknown;
}

export interface ReceiveWebhookDeps {
  readonly gate: AdmissionGate;
  readonly sink: Sink;
  readonly keyRules: KeyRules;
  readonly clock: Clock;
  /** Told of the events of a verified body before anything else happens to them: one side of the ledger. */
  readonly observeReceived: (webhook: string, events: number) => void;
  /** Told when this program failed on events: they are dead letters, and somebody has to mend the program. */
  readonly observeDefect: (defect: Defect) => void;
}

export interface Defect {
  readonly webhook: string;
  readonly events: number;
  /** What was thrown for the first of them. */
  readonly err: unknown;
}

type Draft = { -readonly [K in keyof Outcome]: Outcome[K] };

/** One delivery's whole way: admission, body, signature, split, key, append. Never rejects. */
export async function receiveWebhook(delivery: Delivery, deps: ReceiveWebhookDeps): Promise<Outcome> {
  const { webhook, deadline, traceparent } = delivery;
  const outcome: Draft = { code: 'ok', bodyBytes: 0, received: 0, stored: 0, deadLettered: noDeadLetters };
  let admission: Admission | undefined;
  try {
    admission = deps.gate.admit(delivery.declaredBytes);
    requireIdentityEncoding(delivery.contentEncoding);
    const signature = parseSignature(delivery.signature);
    const raw = await delivery.readBody(admission);
    outcome.bodyBytes = raw.length;

    const verifyStartedAt = performance.now();
    const { body, secret } = verifySignature(raw, signature, webhook.secrets());
    outcome.verifyMs = performance.now() - verifyStartedAt;
    outcome.secret = secret;
    admission.enter(raw.length);

    const facts = {
      webhook: webhook.name,
      topic: webhook.topic,
      deadLetterTopic: webhook.deadLetterTopic,
      receivedAt: isoTime(deps.clock.now()),
      ...(traceparent !== undefined && { traceparent }),
    };
    const plan = planRecords(body, facts, deps.keyRules);
    outcome.received = plan.events.length + plan.deadLetters.length;
    deps.observeReceived(webhook.name, outcome.received);
    const defects = plan.deadLetters.filter(({ reason }) => reason === 'unexpected_error');
    if (defects.length > 0) {
      deps.observeDefect({ webhook: webhook.name, events: defects.length, err: defects[0]?.error });
    }

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

function requireIdentityEncoding(encoding: string | undefined): void {
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new Refusal(
      'unsupported_encoding',
      'The body has a content encoding; the signature is over plain bytes',
    );
  }
}

function toRefusalCode(error: unknown): RefusalCode {
  return error instanceof Refusal || error instanceof SinkError ? error.code : 'internal_error';
}
