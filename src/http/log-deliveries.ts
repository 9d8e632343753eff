import type { LogLimit } from '../runtime/log-limit.ts';
import type { Logger } from '../runtime/logger.ts';
import { nameEvents } from '../webhook/name-events.ts';
import type { DeliveryObserver } from './delivery-observer.ts';
import { describeSender } from './describe-sender.ts';

export interface DeliveryLogDeps {
  readonly logger: Logger;
  readonly refusals: LogLimit;
  /** How many events of a delivery its line names at most. */
  readonly eventsNamed: number;
}

/**
 * One line for each delivery: sizes, outcome, reason, never a body, a signature or a secret. The line of a refused
 * delivery also names the sender. Such lines are limited, because anyone can cause them; the metrics count all refusals.
 */
export function createDeliveryLog({ logger, refusals, eventsNamed }: DeliveryLogDeps): DeliveryObserver {
  return (outcome, { webhook, status, durationMs, request }) => {
    const { code, bodyBytes, received, stored, deadLettered, secret, canary, events, cause } = outcome;
    const line = {
      webhook,
      status,
      reason: code,
      bodyBytes,
      events: received,
      stored,
      secret,
      canary: canary?.mark,
      durationMs: Math.round(durationMs * 10) / 10,
      deadLettered: deadLettered.size === 0 ? undefined : Object.fromEntries(deadLettered),
      firstEvents: eventsNamed === 0 ? undefined : events && nameEvents(events, eventsNamed),
    };
    if (code === 'ok') {
      logger.info(line, 'delivery accepted');
      return;
    }
    const allowed = refusals.take();
    if (allowed === undefined) {
      return;
    }
    const refused = { ...line, ...describeSender(request), ...allowed };
    if (code === 'internal_error') {
      logger.error({ ...refused, err: cause }, 'delivery failed');
    } else {
      logger.warn({ ...refused, detail: describe(cause) }, 'delivery refused');
    }
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}
