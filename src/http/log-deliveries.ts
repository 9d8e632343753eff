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
  /** Tells once, after the answer, why a signature matches none of the secrets. */
  readonly examine: (webhook: string, mismatch: SignatureMismatch, tell: LogCause) => void;
}

export type LogCause = (explanation: Explanation) => void;

/** One limit is for lines that a good signature or a secret proves to be no stranger's, another for all others. */
const linesPerSecond = 20;

/** Of the others so many are for examined signatures, whose lines come late. */
const linesForExamined = 4;

/**
 * One line for each delivery: sizes, outcome, reason, never a body, a signature or a secret. The line of a refused
 * delivery also names the sender, and that of a 401 its cause. Such lines are limited; the metrics count all refusals.
 */
export function createDeliveryLog(deps: DeliveryLogDeps): DeliveryObserver {
  const { logger, clock, examine } = deps;
  const signed = new LogLimit(clock, linesPerSecond);
  const unsigned = new LogLimit(clock, linesPerSecond);
  const logAccepted = createInfoLine(logger, 'delivery accepted');

  /** Not in the observer: what that refers to, such as the body, would be kept as well. */
  function toTell(line: object): LogCause {
    return ({ cause, secret: ofSecret, ofWebhook, err }) => {
      const spared = cause === 'not_examined' ? linesForExamined : 0;
      const allowed = ofSecret === undefined ? unsigned.take(spared) : signed.take();
      if (allowed !== undefined) {
        const detail = signatureAdvice[cause];
        logger.warn({ ...line, ...allowed, cause, ofSecret, ofWebhook, err, detail }, 'delivery refused');
      }
    };
  }

  return (outcome, { webhook, delivery, status, durationMs, request }) => {
    const { code, bodyBytes, received, stored, deadLettered, secret, own, cause } = outcome;
    const line = {
      webhook,
      status,
      reason: code,
      bodyBytes,
      events: received,
      stored,
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
      // A connection that has ended does not know its address any more.
      examine(webhook, cause, toTell({ ...line, ...describeSender(request) }));
      return;
    }
    const allowed = secret === undefined ? unsigned.take(linesForExamined) : signed.take();
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

/** 32 hexadecimal digits; `undefined` when the request named no trace, and none was begun. */
function readTraceId({ traceparent }: DecidedDelivery['delivery']): string | undefined {
  return traceparent?.split('-')[1];
}

const maxForwardedForLength = 200;

/**
 * Who sent a delivery: the connection's address, which behind a proxy is the proxy's, and the addresses before, as the request
 * gives them. Anyone can write anything there.
 */
export function describeSender({ socket, headers }: DecidedDelivery['request']) {
  const forwardedFor = headers['x-forwarded-for']?.toString().slice(0, maxForwardedForLength);
  return { remoteAddress: socket.remoteAddress, forwardedFor };
}
