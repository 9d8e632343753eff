import type { Clock } from '../runtime/clock.ts';
import { causesOf, describeError } from '../runtime/errors.ts';
import { LogLimit } from '../runtime/log-limit.ts';
import { createInfoLine, type Logger } from '../runtime/logger.ts';
import type { Explanation } from '../webhook/explain/explain-signature.ts';
import { signatureAdvice } from '../webhook/explain/signature-cause.ts';
import { SignatureHeaderRefusal, SignatureMismatch } from '../webhook/refusal.ts';
import type { DecidedDelivery, DeliveryObserver } from './webhook-route.ts';

export interface DeliveryLogDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Calls `logCause` once, after the response, with the reason why a signature matches none of the secrets. */
  readonly examine: (webhook: string, mismatch: SignatureMismatch, logCause: LogCause) => void;
}

export type LogCause = (explanation: Explanation) => void;

/** Maximum log lines per second. Authenticated senders and unauthenticated clients have separate limits. */
const linesPerSecond = 20;

/** Share of the limit for unauthenticated clients that is reserved for examined signatures, which are logged later. */
const linesReservedForExamined = 4;

/**
 * Logs one line per delivery with sizes, outcome and reason. The line never contains a body, a signature or a secret.
 * For a rejected delivery, the line also contains the sender, and for a 401, the cause. Lines for rejected deliveries
 * are rate-limited, but the metrics count every rejection.
 */
export function createDeliveryLog(deps: DeliveryLogDeps): DeliveryObserver {
  const { logger, clock, examine } = deps;
  const signed = new LogLimit(clock, linesPerSecond);
  const unsigned = new LogLimit(clock, linesPerSecond);
  const logAccepted = createInfoLine(logger, 'delivery accepted');

  /** A separate function, because a closure in the observer would keep the body in memory. */
  function createCauseLogger(line: object): LogCause {
    return ({ cause, secret: ofSecret, ofWebhook, err }) => {
      const reserved = cause === 'not_examined' ? linesReservedForExamined : 0;
      const allowed = ofSecret === undefined ? unsigned.take(reserved) : signed.take();
      if (allowed !== undefined) {
        const detail = signatureAdvice[cause];
        logger.warn({ ...line, ...allowed, cause, ofSecret, ofWebhook, err, detail }, 'delivery refused');
      }
    };
  }

  return (outcome, { webhook, delivery, status, durationMs, request }) => {
    const { code, bodyBytes, received, stored, spooled, deadLettered, secret, own, cause } = outcome;
    const line = {
      webhook,
      status,
      reason: code,
      bodyBytes,
      events: received,
      stored,
      spooled: spooled === 0 ? undefined : spooled,
      secret,
      own,
      traceId: readTraceId(delivery),
      durationMs: Math.round(durationMs * 10) / 10,
      deadLettered: deadLettered.size === 0 ? undefined : Object.fromEntries(deadLettered),
    };
    if (code === 'ok') {
      logAccepted(line);
      return;
    }
    if (cause instanceof SignatureMismatch) {
      // The sender's address is read now, because a closed connection no longer provides it.
      examine(webhook, cause, createCauseLogger({ ...line, ...describeSender(request) }));
      return;
    }
    const allowed = secret === undefined ? unsigned.take(linesReservedForExamined) : signed.take();
    if (allowed === undefined) {
      return;
    }
    const refused = { ...line, ...describeSender(request), ...allowed };
    if (code === 'internal_error') {
      logger.error({ ...refused, err: cause }, 'delivery failed');
    } else {
      const known = cause instanceof SignatureHeaderRefusal ? cause.reason : undefined;
      const detail = causesOf(cause).map(describeError).join(': ');
      logger.warn({ ...refused, cause: known, detail }, 'delivery refused');
    }
  };
}

/** Returns the trace id, 32 hexadecimal digits. Returns `undefined` if the request has none and no trace was started. */
function readTraceId({ traceparent }: DecidedDelivery['delivery']): string | undefined {
  return traceparent?.split('-')[1];
}

const maxForwardedForLength = 200;

/**
 * Describes the sender of a delivery by the remote address, which may be a proxy, and by the X-Forwarded-For header. A
 * client can put any text into that header.
 */
export function describeSender({ socket, headers }: DecidedDelivery['request']) {
  const forwardedFor = headers['x-forwarded-for']?.toString().slice(0, maxForwardedForLength);
  return { remoteAddress: socket.remoteAddress, forwardedFor };
}
