import { Router } from '@koa/router';
import type Koa from 'koa';
import type { Context, Middleware } from 'koa';
import type { Webhook } from '../webhook/delivery.ts';
import { hasSignatureForm } from '../webhook/verify-signature.ts';
import { createLandingPage } from './landing-page.ts';
import { LeanKoa, readPath } from './server/lean-koa.ts';
import { createTurnLimit } from './server/limit-turn.ts';
import { createWebhookRoute, type WebhookRouteDeps } from './webhook-route.ts';

export interface ReceiverAppDeps extends WebhookRouteDeps {
  readonly webhooks: readonly Webhook[];
  /**
   * Runs for every answer to a request that is no delivery.
   *
   * @param isMisdirected it has a signature of the right form, as a delivery to a wrong path has
   */
  readonly observeOther: (status: number, isMisdirected: boolean) => void;
  /** Whether events can be stored at the moment: the landing page says so. */
  readonly isStoring: () => boolean;
  /** Shown before the paths on the landing page. */
  readonly publicUrl?: string;
  /** Whether the landing page at `/` shows all webhooks. The page at the path of a webhook shows only that one. */
  readonly landingPagePaths: boolean;
}

/** Everything on the public port: the paths of the webhooks, the landing page, and 405 or 404 for all other requests. */
export function createReceiverApp(deps: ReceiverAppDeps): Koa {
  const { webhooks, landingPagePaths, publicUrl, isStoring } = deps;
  const showPage = (paths: readonly string[]) =>
    createLandingPage({ paths, isStoring, ...(publicUrl !== undefined && { publicUrl }) });
  const paths = webhooks.map(({ path }) => path);
  const router = new Router({ sensitive: true, strict: true });
  router.get('/', showPage(landingPagePaths ? paths : []));
  for (const webhook of webhooks) {
    router.post(webhook.path, createWebhookRoute(webhook, deps));
    router.get(webhook.path, showPage([webhook.path]));
  }
  const app = new LeanKoa().use(createTurnLimit()).use(watchOthers(new Set(paths), deps));
  app.use(router.routes()).use(router.allowedMethods());
  return app;
}

/**
 * Sees to it that a request that is no delivery gets an answer that nobody can mistake for the answer to one.
 *
 * Behind a proxy, a delivery that follows an unfinished request of a stranger on the same connection may be read as the
 * body of that request. So a request that is no `POST` and has a body is never answered 2xx.
 */
function watchOthers(
  paths: ReadonlySet<string>,
  { signatureHeader, observeOther }: Pick<ReceiverAppDeps, 'signatureHeader' | 'observeOther'>,
): Middleware {
  async function answerOther(ctx: Context, path: string | undefined, next: () => Promise<void>) {
    if (path === undefined) {
      ctx.status = 404;
    } else if (ctx.method !== 'POST' && hasBody(ctx)) {
      ctx.status = 413;
      ctx.set('Connection', 'close');
    } else {
      await next();
    }
    observeOther(ctx.status, hasSignatureForm(ctx.req.headers[signatureHeader]));
  }

  return function watch(ctx, next) {
    const path = readPath(ctx);
    const isDelivery = ctx.method === 'POST' && path !== undefined && paths.has(path);
    return isDelivery ? next() : answerOther(ctx, path, next);
  };
}

function hasBody({ req: { headers } }: Context): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
