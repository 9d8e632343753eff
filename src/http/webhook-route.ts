import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { Delivery, Outcome, Webhook } from '../webhook/delivery.ts';
import { type Receiver, receiveWebhook } from '../webhook/receive-webhook.ts';
import { HttpDelivery, type RequestLimits } from './http-delivery.ts';
import { refusalStatus } from './refusal-status.ts';

/** Value of `Retry-After`. The provider's first retry comes after 5 s. */
const retryAfterSeconds = '5';

/** Maximum length of a rejected body that is read to its end, so that the connection can be reused. */
const maxDrainedBytes = 64 * 1024;

/** Creates the middleware that receives the deliveries of one registration. */
export function createWebhookRoute(webhook: Webhook, receiver: Receiver, limits: RequestLimits): Middleware {
  const { observers } = receiver;

  function answerDelivery(ctx: Context, delivery: Delivery, outcome: Outcome, startedAt: number): void {
    const status = answerOutcome(ctx, outcome);
    const durationMs = performance.now() - startedAt;
    observers.observeAnswer(outcome, { webhook: webhook.name, delivery, status, durationMs });
  }

  // This function is not async, because a waiting async function would keep more than twice as much memory alive.
  return function receiveDelivery(ctx) {
    const startedAt = performance.now();
    const delivery = new HttpDelivery(webhook, ctx.req, limits);
    observers.observeStart(delivery);
    return receiveWebhook(delivery, receiver).then((outcome) =>
      answerDelivery(ctx, delivery, outcome, startedAt),
    );
  };
}

/** @returns the status */
function answerOutcome(ctx: Context, { code, received, stored, spooled }: Outcome): number {
  if (code === 'ok') {
    writeJsonAnswer(
      ctx,
      200,
      `{"accepted":${stored + spooled},"deadLettered":${received - stored - spooled}}`,
    );
    return 200;
  }
  const status = refusalStatus[code];
  writeJsonAnswer(ctx, status, `{"error":"${code}"}`);
  if (status === 503) {
    ctx.set('Retry-After', retryAfterSeconds);
  }
  closeUnreadRequest(ctx);
  return status;
}

/** Closes the connection if the rest of the body is not read, because the connection cannot carry another request. */
export function closeUnreadRequest({ req, res }: Context): void {
  if (!req.complete && !isRequestBodyDrained(req)) {
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
function isRequestBodyDrained({ readableFlowing, headers }: IncomingMessage): boolean {
  return readableFlowing === null && Number(headers['content-length']) <= maxDrainedBytes;
}

function writeJsonAnswer(ctx: Context, status: number, text: string): void {
  ctx.status = status;
  // The media type is spelled out, because Koa would look up an abbreviated type for each response.
  ctx.set('Content-Type', 'application/json; charset=utf-8');
  ctx.body = text;
}
