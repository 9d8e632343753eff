import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { DeadlineWatch } from '../runtime/deadline-watch.ts';
import type { Delivery, Outcome, Webhook } from '../webhook/delivery.ts';
import { type ReceiveWebhookDeps, receiveWebhook } from '../webhook/receive-webhook.ts';
import type { ArrivingBody } from './arriving-body.ts';
import type { LoopWatch } from './loop-watch.ts';
import { readBody } from './read-body.ts';
import { refusalStatus } from './refusal-status.ts';
import { answerWhole } from './server/lean-koa.ts';
import { proveConnection } from './server/limit-connections.ts';

export interface WebhookRouteDeps extends ReceiveWebhookDeps {
  readonly signatureHeader: string;
  readonly requestBudgetMs: number;
  readonly bodyTimeoutMs: number;
  readonly arriving: DeadlineWatch<ArrivingBody>;
  readonly loop: LoopWatch;
  /** Runs before everything else. @returns the delivery to be handled; absent without traces */
  readonly beginTrace?: ((delivery: Delivery, request: IncomingMessage) => Delivery) | undefined;
  readonly observe: DeliveryObserver;
}

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
  return async function receive(ctx) {
    const startedAt = performance.now();
    const received = toDelivery(webhook, ctx.req, deps);
    const delivery = beginTrace === undefined ? received : beginTrace(received, ctx.req);
    const outcome = await receiveWebhook(delivery, deps);
    const status = outcome.code === 'ok' ? 200 : refusalStatus[outcome.code];
    if (outcome.code === 'ok') {
      let deadLettered = 0;
      for (const count of outcome.deadLettered.values()) {
        deadLettered += count;
      }
      answer(ctx, status, `{"accepted":${outcome.stored},"deadLettered":${deadLettered}}`);
    } else {
      answer(ctx, status, `{"error":"${outcome.code}"}`);
      if (status === 503) {
        ctx.set('Retry-After', retryAfterSeconds);
      }
      if (!ctx.req.complete && !isRestDrained(ctx.req)) {
        // The rest of the body is not read, so the connection cannot carry another request. node:http would end it in the
        // next turn of the event loop, and keep what arrives until then.
        ctx.set('Connection', 'close');
        ctx.res.once('finish', () => ctx.req.socket.destroy());
      }
    }
    observeOnly(webhook.name, () => {
      const durationMs = performance.now() - startedAt;
      observe(outcome, { webhook: webhook.name, delivery, status, durationMs, request: ctx.req });
    });
  };
}

/**
 * Whether node:http reads the rest of a refused body by itself. It does so when nothing has begun to read it; for a large
 * body that is not worth it. A refused client that keeps its connection costs less in an overload.
 */
function isRestDrained({ readableFlowing, headers }: IncomingMessage): boolean {
  return readableFlowing === null && Number(headers['content-length']) <= drainedBytes;
}

function answer(ctx: Context, status: number, text: string): void {
  answerWhole(ctx, { status, contentType: 'application/json; charset=utf-8', text });
}

function toDelivery(
  webhook: Webhook,
  request: IncomingMessage,
  { signatureHeader, requestBudgetMs, bodyTimeoutMs, arriving, loop, gate }: WebhookRouteDeps,
): Delivery {
  // The provider's 10 s did not begin before this.
  const cameAfter = loop.unreadSince;
  const { headers } = request;
  const length = headers['content-length'];
  const declaredBytes = length === undefined ? undefined : Number(length);
  const signature = headers[signatureHeader];
  const { maxBodyBytes } = gate.limits;
  return {
    webhook,
    declaredBytes,
    signature: typeof signature === 'string' ? signature : undefined,
    contentEncoding: headers['content-encoding'],
    traceparent: readTraceparent(headers),
    deadline: cameAfter + requestBudgetMs,
    onVerified: () => proveConnection(request.socket),
    readBody: (admission) =>
      readBody(request, admission, {
        maxBodyBytes,
        endsAt: cameAfter + bodyTimeoutMs,
        declaredBytes,
        arriving,
      }),
  };
}

const traceparentForm = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The header `traceparent`; `undefined` when it is not valid.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function readTraceparent({ traceparent }: IncomingHttpHeaders): string | undefined {
  return typeof traceparent === 'string' && traceparentForm.test(traceparent) ? traceparent : undefined;
}
