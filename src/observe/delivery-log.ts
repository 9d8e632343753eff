import type { Clock } from '../runtime/clock.ts';
import { causesOf, describeError } from '../runtime/errors.ts';
import { LogRateLimit } from '../runtime/log-rate-limit.ts';
import { createInfoLine, type Logger } from '../runtime/logger.ts';
import type { Outcome } from '../webhook/delivery.ts';
import type { Explanation } from '../webhook/explain/explain-signature.ts';
import { signatureAdvice } from '../webhook/explain/signature-cause.ts';
import type { DeliveryResponse } from '../webhook/observers.ts';
import { SignatureHeaderRefusal, SignatureMismatch } from '../webhook/refusal.ts';

/** Maximum log lines per second. Authenticated senders and unauthenticated clients have separate limits. */
const linesPerSecond = 20;

/**
 * Share of the unauthenticated clients' limit that is reserved for deliveries with an examined signature. These
 * deliveries are logged later, after the examination.
 */
const linesReservedForExplanations = 4;

/**
 * Logs one line per delivery with sizes, outcome and reason. The line never contains a body, a signature or a secret.
 * For a rejected delivery, the line also contains the sender, and for a 401, the cause. Lines for rejected deliveries
 * are rate-limited, but the metrics count every rejection.
 */
export class DeliveryLog {
  readonly #logger: Logger;
  readonly #signed: LogRateLimit;
  readonly #unsigned: LogRateLimit;
  readonly #logAccepted: (line: object) => void;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#signed = new LogRateLimit(clock, linesPerSecond);
    this.#unsigned = new LogRateLimit(clock, linesPerSecond);
    this.#logAccepted = createInfoLine(logger, 'delivery accepted');
  }

  /** Logs a delivery, unless its signature matches none of the secrets. `logMismatch` logs such a delivery. */
  logAnswer(outcome: Outcome, answer: DeliveryResponse): void {
    const { code, secret, cause } = outcome;
    if (code === 'ok') {
      this.#logAccepted(toLogLine(outcome, answer));
      return;
    }
    const isLogged = !(cause instanceof SignatureMismatch);
    const logPermit = isLogged ? this.#take(secret, linesReservedForExplanations) : undefined;
    if (logPermit === undefined) {
      return;
    }
    const line = { ...toRefusalLogLine(outcome, answer), ...logPermit };
    if (code === 'internal_error') {
      this.#logger.error({ ...line, err: cause }, 'delivery failed');
    } else {
      const refusalReason = cause instanceof SignatureHeaderRefusal ? cause.reason : undefined;
      const detail = causesOf(cause).map(describeError).join(': ');
      this.#logger.warn({ ...line, cause: refusalReason, detail }, 'delivery refused');
    }
  }

  /** Logs a delivery whose signature matches none of the secrets, with the reason. */
  logMismatch(outcome: Outcome, answer: DeliveryResponse, explanation: Explanation): void {
    const { cause, secret: ofSecret, ofWebhook, err } = explanation;
    const logPermit = this.#take(ofSecret, cause === 'not_examined' ? linesReservedForExplanations : 0);
    if (logPermit !== undefined) {
      const line = { ...toRefusalLogLine(outcome, answer), ...logPermit };
      const detail = signatureAdvice[cause];
      this.#logger.warn({ ...line, cause, ofSecret, ofWebhook, err, detail }, 'delivery refused');
    }
  }

  /** @param secret the secret that the sender has proven to have, if any */
  #take(secret: string | undefined, reserved: number) {
    return secret === undefined ? this.#unsigned.take(reserved) : this.#signed.take();
  }
}

function toLogLine(outcome: Outcome, { webhook, delivery, status, durationMs }: DeliveryResponse) {
  const { code, bodyBytes, received, stored, spooled, deadLettered, secret, own } = outcome;
  return {
    webhook,
    status,
    reason: code,
    bodyBytes,
    events: received,
    stored,
    spooled: spooled === 0 ? undefined : spooled,
    secret,
    own,
    // The trace id has 32 hexadecimal digits. It is absent if the request has none and no trace was started.
    traceId: delivery.traceparent?.split('-')[1],
    durationMs: Math.round(durationMs * 10) / 10,
    deadLettered: deadLettered.size === 0 ? undefined : Object.fromEntries(deadLettered),
  };
}

function toRefusalLogLine(outcome: Outcome, answer: DeliveryResponse) {
  const { remoteAddress, forwardedFor } = answer.delivery.sender;
  return { ...toLogLine(outcome, answer), remoteAddress, forwardedFor };
}
