import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { DeliveryObserver } from './delivery-observer.ts';

const maxRefusalLinesPerSecond = 20;

/**
 * One line per delivery: sizes, outcome, reason, never a body, a signature or a secret. Lines on refusals are limited,
 * because anyone can cause them; the metrics count all of them.
 */
export function createDeliveryLog(logger: Logger, clock: Clock): DeliveryObserver {
  let second = 0;
  let lines = 0;
  let suppressed = 0;

  function mayLogRefusal(): boolean {
    const now = Math.floor(clock.now() / 1000);
    if (now !== second) {
      second = now;
      lines = 0;
    }
    lines += 1;
    return lines <= maxRefusalLinesPerSecond;
  }

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
    } else if (mayLogRefusal()) {
      if (code === 'internal_error') {
        logger.error({ ...line, err: cause, suppressed }, 'delivery failed');
      } else {
        logger.warn({ ...line, detail: describe(cause), suppressed }, 'delivery refused');
      }
      suppressed = 0;
    } else {
      suppressed += 1;
    }
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}
