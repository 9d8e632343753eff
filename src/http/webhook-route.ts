import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { AdmissionGate } from '../webhook/admission-gate.ts';
import type { Delivery, Outcome, Webhook } from '../webhook/delivery.ts';
import { type ReceiveWebhookDeps, receiveWebhook } from '../webhook/receive-webhook.ts';
import { HttpDelivery, type HttpDeliveryOptions } from './http-delivery.ts';
import { refusalStatus } from './refusal-status.ts';

export interface WebhookRouteDeps extends ReceiveWebhookDeps, HttpDeliveryOptions {
  readonly gate: AdmissionGate;
  /** Runs before everything else. @returns what the delivery gets; `undefined` without traces */
  readonly beginTrace: ((delivery: Delivery, request: IncomingMessage) => BegunTrace) | undefined;
  readonly observe: DeliveryObserver;
}

export type BegunTrace = Pick<Delivery, 'traceparent' | 'trace'>;

export interface DecidedDelivery {
  readonly webhook: string;
  readonly delivery: Pick<Delivery, 'traceparent' | 'trace' | 'signature'>;
  readonly status: number;
  /** From the first byte of the request to the answer. */
  readonly durationMs: number;
  /** Names the sender. */
  readonly request: Pick<IncomingMessage, 'socket' | 'headers'>;
}

/** Runs for every delivery when its answer is decided, for metrics and the log. */
export type DeliveryObserver = (outcome: Outcome, facts: DecidedDelivery) => void;

/** For `Retry-After`. The provider's first retry comes after 5 s. */
const retryAfterSeconds = '5';

/** A refused body up to this length is read to its end, so that the connection can be used again. */
const drainedBytes = 64 * 1024;

/** Takes deliveries for one registration. */
export function createWebhookRoute(webhook: Webhook, deps: WebhookRouteDeps): Middleware {
  const { beginTrace, observe, observeOnly } = deps;

  function end(ctx: Context, delivery: Delivery, outcome: Outcome, startedAt: number): void {
    const status = answerOutcome(ctx, outcome);
    observeOnly(webhook.name, () => {
      const durationMs = performance.now() - startedAt;
      observe(outcome, { webhook: webhook.name, delivery, status, durationMs, request: ctx.req });
    });
  }

  // Not async: such a function keeps more than twice as much alive while it waits.
  return function receive(ctx) {
    const startedAt = performance.now();
    const delivery = new HttpDelivery(webhook, ctx.req, deps);
    if (beginTrace !== undefined) {
      Object.assign(delivery, beginTrace(delivery, ctx.req));
    }
    return receiveWebhook(delivery, deps).then((outcome) => end(ctx, delivery, outcome, startedAt));
  };
}

/** @returns the status */
function answerOutcome(ctx: Context, { code, received, stored }: Outcome): number {
  if (code === 'ok') {
    answer(ctx, 200, `{"accepted":${stored},"deadLettered":${received - stored}}`);
    return 200;
  }
  const status = refusalStatus[code];
  answer(ctx, status, `{"error":"${code}"}`);
  if (status === 503) {
    ctx.set('Retry-After', retryAfterSeconds);
  }
  endUnread(ctx);
  return status;
}

/** Ends the connection after the answer when the rest of the body is not read: it cannot carry another request. */
export function endUnread({ req, res }: Context): void {
  if (!req.complete && !isRestDrained(req)) {
    // node:http would end it in the next turn of the event loop, or read a body without an end for as long as it may take.
    res.setHeader('Connection', 'close');
    res.once('finish', () => req.socket.destroy());
  }
}

/**
 * Whether node:http reads the rest of a refused body by itself. It does so when nothing has begun to read it; for a large
 * body that is not worth it. A refused client that keeps its connection costs less in an overload.
 */
function isRestDrained({ readableFlowing, headers }: IncomingMessage): boolean {
  return readableFlowing === null && Number(headers['content-length']) <= drainedBytes;
}

function answer(ctx: Context, status: number, text: string): void {
  ctx.status = status;
  // Its whole text, because Koa looks up a short one for each answer.
  ctx.set('Content-Type', 'application/json; charset=utf-8');
  ctx.body = text;
}
