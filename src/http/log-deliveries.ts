import type { LogLimit } from '../runtime/log-limit.ts';
import type { Logger } from '../runtime/logger.ts';
import type { DeliveryObserver } from './delivery-observer.ts';

/**
 * One line per delivery: sizes, outcome, reason, never a body, a signature or a secret. Lines on refusals are limited,
 * because anyone can cause them; the metrics count all of them.
 */
export function createDeliveryLog(logger: Logger, refusals: LogLimit): DeliveryObserver {
  return (outcome, { webhook, status, durationMs }) => {
    const { code, bodyBytes, received, stored, deadLettered, secret, cause } = outcome;
    const line = {
      webhook,
      status,
      reason: code,
      bodyBytes,
      events: received,
      stored,
      secret,
      durationMs: Math.round(durationMs * 10) / 10,
      deadLettered: deadLettered.size === 0 ? undefined : Object.fromEntries(deadLettered),
    };
    if (code === 'ok') {
      logger.info(line, 'delivery accepted');
      return;
    }
    const allowed = refusals.take();
    if (allowed === undefined) {
      return;
    }
    if (code === 'internal_error') {
      logger.error({ ...line, err: cause, ...allowed }, 'delivery failed');
    } else {
      logger.warn({ ...line, detail: describe(cause), ...allowed }, 'delivery refused');
    }
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}
