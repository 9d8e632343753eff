import { Router } from '@koa/router';
import type Koa from 'koa';
import type { Logger } from '../runtime/logger.ts';
import type { Webhook } from '../webhook/receive-webhook.ts';
import { createLandingPage } from './landing-page.ts';
import { LeanKoa } from './lean-koa.ts';
import { createTurnLimit } from './limit-turn.ts';
import { createWebhookRoute, type WebhookRouteDeps } from './webhook-route.ts';

export interface ReceiverAppDeps extends WebhookRouteDeps {
  readonly webhooks: readonly Webhook[];
  readonly logger: Logger;
}

/** The public port, whole: the webhook paths, the landing page, and 405 or 404 for all else. */
export function createReceiverApp({ webhooks, logger, ...deps }: ReceiverAppDeps): Koa {
  const router = new Router({ sensitive: true, strict: true });
  const landingPage = createLandingPage({ paths: webhooks.map(({ path }) => path) });
  router.get('/', landingPage);
  for (const webhook of webhooks) {
    router.post(webhook.path, createWebhookRoute(webhook, deps));
    router.get(webhook.path, landingPage);
  }
  // Behind an ingress that terminates TLS, the landing page shows the URL that the outside sees.
  const app = new LeanKoa({ proxy: true });
  app.on('error', (error: unknown) => logger.error({ err: error }, 'request failed'));
  app.use(createTurnLimit()).use(router.routes()).use(router.allowedMethods());
  return app;
}
