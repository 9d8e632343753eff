import type { SinkRecord } from '../ports/sink.ts';
import type { Clock } from '../runtime/clock.ts';
import { toLinePart } from '../runtime/foreign-text.ts';
import { LogLimit } from '../runtime/log-limit.ts';
import { createInfoLine, type Logger } from '../runtime/logger.ts';
import { SignatureHeaderRefusal } from '../webhook/refusal.ts';
import type { DecidedDelivery, DeliveryObserver } from './webhook-route.ts';

export interface DeliveryLogDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  /** How many events of a delivery its line names at most. */
  readonly eventsNamed: number;
}

/** One limit is for lines on refused deliveries with a good signature, another for all others, which strangers cause. */
const linesPerSecond = 20;

/**
 * One line for each delivery: sizes, outcome, reason, never a body, a signature or a secret. The line of a refused
 * delivery also names the sender. Such lines are limited; the metrics count all refusals.
 */
export function createDeliveryLog({ logger, clock, eventsNamed }: DeliveryLogDeps): DeliveryObserver {
  const signed = new LogLimit(clock, linesPerSecond);
  const unsigned = new LogLimit(clock, linesPerSecond);
  const logAccepted = createInfoLine(logger, 'delivery accepted');
  return (outcome, { webhook, delivery, status, durationMs, request }) => {
    const { code, bodyBytes, received, stored, deadLettered, secret, own, canary, events, cause } = outcome;
    const line = {
      webhook,
      status,
      reason: code,
      bodyBytes,
      events: received,
      stored,
      secret,
      own,
      canary: canary?.mark,
      traceId: readTraceId(delivery),
      durationMs: Math.round(durationMs * 10) / 10,
      deadLettered: deadLettered.size === 0 ? undefined : Object.fromEntries(deadLettered),
      firstEvents: eventsNamed === 0 ? undefined : events && nameEvents(events, eventsNamed),
    };
    if (code === 'ok') {
      logAccepted(line);
      return;
    }
    const allowed = (secret === undefined ? unsigned : signed).take();
    if (allowed === undefined) {
      return;
    }
    const refused = { ...line, ...describeSender(request), ...allowed };
    if (code === 'internal_error') {
      logger.error({ ...refused, err: cause }, 'delivery failed');
    } else {
      const known = cause instanceof SignatureHeaderRefusal ? cause.reason : undefined;
      logger.warn({ ...refused, cause: known, detail: describe(cause) }, 'delivery refused');
    }
  };
}

/** What a log may say of an event: headers of its record, and its key. */
interface NamedEvent {
  readonly ce_type: string | undefined;
  readonly ce_id: string | undefined;
  /** Left out where it may be a person's. */
  readonly key: string | undefined;
}

/** Telephone numbers and addresses of mail: rules for keys can lead to them, and a profile may be called by one. */
const mayBePersonal = /@|^(?:tel:)?\+?[\d ().-]{7,}$/i;

export function nameEvents(events: readonly SinkRecord[], count: number): NamedEvent[] {
  return events.slice(0, count).map(({ headers, key }) => ({
    ce_type: headers.ce_type && toLinePart(headers.ce_type),
    ce_id: headers.ce_id && toLinePart(headers.ce_id),
    key: key === null || mayBePersonal.test(key) ? undefined : toLinePart(key),
  }));
}

/** 32 hexadecimal digits; `undefined` when the request named no trace, and none was begun. */
export function readTraceId({
  traceparent,
}: Pick<DecidedDelivery['delivery'], 'traceparent'>): string | undefined {
  return traceparent?.split('-')[1];
}

/** Who sent a delivery. */
interface Sender {
  /** The connection's address. Behind a proxy it is the proxy's. */
  readonly remoteAddress: string | undefined;
  /** The addresses before, as the request gives them. Anyone can write anything there. */
  readonly forwardedFor?: string;
}

const maxForwardedForLength = 200;

export function describeSender({ socket, headers }: DecidedDelivery['request']): Sender {
  const forwardedFor = headers['x-forwarded-for'];
  return {
    remoteAddress: socket.remoteAddress,
    ...(forwardedFor !== undefined && {
      forwardedFor: String(forwardedFor).slice(0, maxForwardedForLength),
    }),
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}
