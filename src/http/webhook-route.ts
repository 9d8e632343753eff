import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { AdmissionGate } from '../webhook/admission-gate.ts';
import type { Delivery, Outcome, Webhook } from '../webhook/delivery.ts';
import { type ReceiveWebhookDeps, receiveWebhook } from '../webhook/receive-webhook.ts';
import { HttpDelivery, type HttpDeliveryOptions } from './http-delivery.ts';
import { refusalStatus } from './refusal-status.ts';

export interface WebhookRouteDeps extends ReceiveWebhookDeps, HttpDeliveryOptions {
  readonly gate: AdmissionGate;
  /**
   * Starts the trace of a delivery before any other processing. Absent if tracing is off.
   *
   * @returns the trace properties of the delivery
   */
  readonly beginTrace: ((delivery: Delivery, request: IncomingMessage) => BegunTrace) | undefined;
  readonly observe: DeliveryObserver;
}

export type BegunTrace = Pick<Delivery, 'traceparent' | 'trace'>;

export interface DecidedDelivery {
  readonly webhook: string;
  readonly delivery: Pick<Delivery, 'traceparent' | 'trace' | 'signature'>;
  readonly status: number;
  /** Maximum time from the first byte of the request to the response. */
  readonly durationMs: number;
  /** Identifies the sender. */
  readonly request: Pick<IncomingMessage, 'socket' | 'headers'>;
}

/** Callback for metrics and the log. It runs for every delivery once the response is determined. */
export type DeliveryObserver = (outcome: Outcome, facts: DecidedDelivery) => void;

/** Value of `Retry-After`. The provider's first retry comes after 5 s. */
const retryAfterSeconds = '5';

/** Maximum length of a rejected body that is read to its end, so that the connection can be reused. */
const drainedBytes = 64 * 1024;

/** Creates the middleware that receives the deliveries of one registration. */
export function createWebhookRoute(webhook: Webhook, deps: WebhookRouteDeps): Middleware {
  const { beginTrace, observe, observeOnly } = deps;

  function end(ctx: Context, delivery: Delivery, outcome: Outcome, startedAt: number): void {
    const status = answerOutcome(ctx, outcome);
    observeOnly(webhook.name, () => {
      const durationMs = performance.now() - startedAt;
      observe(outcome, { webhook: webhook.name, delivery, status, durationMs, request: ctx.req });
    });
  }

  // This function is not async, because a waiting async function would keep more than twice as much memory alive.
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
function answerOutcome(ctx: Context, { code, received, stored, spooled }: Outcome): number {
  if (code === 'ok') {
    answer(ctx, 200, `{"accepted":${stored + spooled},"deadLettered":${received - stored - spooled}}`);
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

/** Closes the connection if the rest of the body is not read, because the connection cannot carry another request. */
export function endUnread({ req, res }: Context): void {
  if (!req.complete && !isRestDrained(req)) {
    // Without this call, node:http would close the connection only in the next turn of the event loop, or keep reading
    // an endless body.
    res.setHeader('Connection', 'close');
    res.once('finish', () => req.socket.destroy());
  }
}

/**
 * Whether node:http reads the rest of a rejected body. node:http does so if reading has not started. Reading a small
 * body is worthwhile, because in an overload, a client that keeps its connection costs less.
 */
function isRestDrained({ readableFlowing, headers }: IncomingMessage): boolean {
  return readableFlowing === null && Number(headers['content-length']) <= drainedBytes;
}

function answer(ctx: Context, status: number, text: string): void {
  ctx.status = status;
  // The media type is spelled out, because Koa would look up an abbreviated type for each response.
  ctx.set('Content-Type', 'application/json; charset=utf-8');
  ctx.body = text;
}
