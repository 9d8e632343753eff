import { Router } from '@koa/router';
import type Koa from 'koa';
import type { Context, Middleware } from 'koa';
import type { Webhook } from '../webhook/delivery.ts';
import { hasSignatureForm, signatureHeader } from '../webhook/verify-signature.ts';
import { createLandingPage } from './landing-page.ts';
import { LeanKoa, readPath } from './server/lean-koa.ts';
import { createTurnLimit } from './server/limit-turn.ts';
import { createWebhookRoute, endUnread, type WebhookRouteDeps } from './webhook-route.ts';

export interface ReceiverAppDeps extends WebhookRouteDeps {
  readonly webhooks: readonly Webhook[];
  /** Runs for every request that is no delivery and has a signature of the right form, as one to a wrong path has. */
  readonly observeMisdirected: () => void;
  /** Whether events can be stored at the moment: the landing page says so. */
  readonly isStoring: () => boolean;
  /** Shown before the paths on the landing page. */
  readonly publicUrl: string | undefined;
}

/** Everything on the public port: the paths of the webhooks, the landing page, and 405 or 404 for all other requests. */
export function createReceiverApp(deps: ReceiverAppDeps): Koa {
  const { webhooks, publicUrl, isStoring } = deps;
  const showPage = (path?: string) => createLandingPage({ path, publicUrl, isStoring });
  const router = new Router({ sensitive: true, strict: true });
  // Whoever finds the port is not told where the webhooks are.
  router.get('/', showPage());
  const routes = new Map(webhooks.map((webhook) => [webhook.path, createWebhookRoute(webhook, deps)]));
  for (const [path, receive] of routes) {
    router.post(path, receive);
    router.get(path, showPage(path));
  }
  const app = new LeanKoa().use(createTurnLimit()).use(takeDeliveries(routes)).use(watchOthers(deps));
  app.use(router.routes()).use(router.allowedMethods());
  return app;
}

/**
 * Hands deliveries to their routes by a map: the router tries each of its paths and composes the middleware anew for every request
 * (docs/decisions/023-speed.md#bypassed-parts-of-koa-and-its-router). Everything else is the router's.
 */
function takeDeliveries(routes: ReadonlyMap<string, Middleware>): Middleware {
  return function take(ctx, next) {
    const { method, url = '' } = ctx.req;
    // Koa keeps what it has read of a URL; that of nearly every delivery is nothing but its path.
    const path = routes.has(url) ? url : readPath(ctx);
    const receive = method === 'POST' && path !== undefined ? routes.get(path) : undefined;
    return receive === undefined ? next() : receive(ctx, next);
  };
}

/**
 * Sees to it that a request that is no delivery gets an answer that nobody can mistake for the answer to one.
 *
 * Behind a proxy, a delivery that follows an unfinished request of a stranger on the same connection may be read as the
 * body of that request. So a request that is no `POST` and has a body is never answered 2xx.
 */
function watchOthers({ observeMisdirected }: Pick<ReceiverAppDeps, 'observeMisdirected'>): Middleware {
  return async function answerOther(ctx, next) {
    if (readPath(ctx) === undefined) {
      ctx.status = 404;
    } else if (ctx.method !== 'POST' && hasBody(ctx)) {
      ctx.status = 413;
      ctx.set('Connection', 'close');
    } else {
      await next();
    }
    if (hasBody(ctx)) {
      endUnread(ctx);
    }
    if (hasSignatureForm(ctx.req.headers[signatureHeader])) {
      observeMisdirected();
    }
  };
}

function hasBody({ req: { headers } }: Context): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
