import { Router } from '@koa/router';
import type Koa from 'koa';
import type { Context, Middleware } from 'koa';
import type { Webhook } from '../webhook/delivery.ts';
import type { Observers } from '../webhook/observers.ts';
import type { Receiver } from '../webhook/receive-webhook.ts';
import { matchesSignaturePattern, signatureHeader } from '../webhook/verify-signature.ts';
import type { RequestLimits } from './http-delivery.ts';
import { createLandingPage } from './landing-page.ts';
import { KoaWithoutOnFinished, readPath } from './server/koa-without-on-finished.ts';
import { limitResponsesPerTurn } from './server/limit-responses-per-turn.ts';
import { closeUnreadRequest, createWebhookRoute } from './webhook-route.ts';

export interface ReceiverAppOptions {
  readonly webhooks: readonly Webhook[];
  readonly limits: RequestLimits;
  /** Public URL that the landing page shows before the paths. */
  readonly publicUrl: string | undefined;
}

/**
 * Creates the app of the public port. It serves the webhook paths and the landing page, and returns 405 or 404 for all
 * other requests.
 */
export function createReceiverApp(
  receiver: Receiver,
  { webhooks, limits, publicUrl }: ReceiverAppOptions,
): Koa {
  const isStoreAvailable = () => receiver.sink.health().up;
  const showPage = (path?: string) => createLandingPage({ path, publicUrl, isStoring: isStoreAvailable });
  const router = new Router({ sensitive: true, strict: true });
  // The page at `/` does not reveal the webhook paths.
  router.get('/', showPage());
  const routes = new Map(
    webhooks.map((webhook) => [webhook.path, createWebhookRoute(webhook, receiver, limits)]),
  );
  for (const [path, receive] of routes) {
    router.post(path, receive);
    router.get(path, showPage(path));
  }
  const app = new KoaWithoutOnFinished()
    .use(limitResponsesPerTurn())
    .use(createDeliveryDispatcher(routes))
    .use(restrictNonDeliveryResponses(receiver.observers));
  app.use(router.routes()).use(router.allowedMethods());
  return app;
}

/**
 * Dispatches deliveries to routes with a map, because the router tries all paths and composes the middleware for every
 * request (docs/decisions/023-speed.md#bypassed-parts-of-koa-and-its-router). The router handles everything else.
 */
function createDeliveryDispatcher(routes: ReadonlyMap<string, Middleware>): Middleware {
  return function dispatchDelivery(ctx, next) {
    const { method, url = '' } = ctx.req;
    // The URL of nearly every delivery consists only of a path. Comparing this path directly avoids Koa's cached
    // parsing of the URL.
    const path = routes.has(url) ? url : readPath(ctx);
    const deliveryRoute = method === 'POST' && path !== undefined ? routes.get(path) : undefined;
    return deliveryRoute === undefined ? next() : deliveryRoute(ctx, next);
  };
}

/**
 * Ensures that the response to any other request cannot be mistaken for the response to a delivery.
 *
 * Behind a proxy, a delivery may follow an unfinished request of another client on the same connection and be read as its
 * body. Therefore, a request with a body whose method is not `POST` never gets a 2xx status.
 */
function restrictNonDeliveryResponses(observers: Observers): Middleware {
  return async function handleOtherRequest(ctx, next) {
    if (readPath(ctx) === undefined) {
      ctx.status = 404;
    } else if (ctx.method !== 'POST' && hasBody(ctx)) {
      ctx.status = 413;
      ctx.set('Connection', 'close');
    } else {
      await next();
    }
    if (hasBody(ctx)) {
      closeUnreadRequest(ctx);
    }
    if (matchesSignaturePattern(ctx.req.headers[signatureHeader])) {
      observers.observeMisdirected();
    }
  };
}

function hasBody({ req: { headers } }: Context): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
