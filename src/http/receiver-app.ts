import { Router } from '@koa/router';
import type Koa from 'koa';
import type { LogLimit } from '../runtime/log-limit.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Webhook } from '../webhook/delivery.ts';
import { type AnswerOthersDeps, createAnswerOthers } from './answer-others.ts';
import { createLandingPage } from './landing-page.ts';
import { logFailures } from './log-failures.ts';
import { runRoute } from './run-route.ts';
import { LeanKoa } from './server/lean-koa.ts';
import { createTurnLimit } from './server/limit-turn.ts';
import { createWebhookRoute, type WebhookRouteDeps } from './webhook-route.ts';

export interface ReceiverAppDeps extends WebhookRouteDeps {
  readonly webhooks: readonly Webhook[];
  readonly observeOther: AnswerOthersDeps['observeOther'];
  /** Shown before the paths on the landing page. */
  readonly publicUrl?: string;
  /** Whether the landing page at `/` shows all webhooks. The page at the path of a webhook shows only that one. */
  readonly landingPagePaths: boolean;
  readonly logger: Logger;
  /** For lines that anyone can cause. */
  readonly logLimit: LogLimit;
}

/** Everything on the public port: the webhook paths, the landing page, and 405 or 404 for all other requests. */
export function createReceiverApp(deps: ReceiverAppDeps): Koa {
  const { webhooks, logger, logLimit } = deps;
  const paths = webhooks.map(({ path }) => path);
  const router = new Router({ sensitive: true, strict: true });
  const landingPageOf = (shown: readonly string[]) =>
    createLandingPage({ paths: shown, ...(deps.publicUrl !== undefined && { publicUrl: deps.publicUrl }) });
  router.get('/', landingPageOf(deps.landingPagePaths ? paths : []));
  for (const webhook of webhooks) {
    router.post(webhook.path, createWebhookRoute(webhook, deps));
    router.get(webhook.path, landingPageOf([webhook.path]));
  }
  const app = new LeanKoa();
  logFailures(app, { logger, logLimit, message: 'request failed' });
  app.use(createTurnLimit()).use(createAnswerOthers({ ...deps, paths }));
  app.use(runRoute(router)).use(router.allowedMethods());
  return app;
}
