import { Router } from '@koa/router';
import type Koa from 'koa';
import type { Middleware } from 'koa';
import type { Registry } from 'prom-client';
import { LeanKoa } from '../http/server/lean-koa.ts';
import { createTurnLimit } from '../http/server/limit-turn.ts';
import { readPath } from '../http/server/read-path.ts';
import type { Health } from './health.ts';

export interface ManagementAppDeps {
  readonly health: Health;
  readonly registry: Registry;
  /** A client that has not read the metrics after this time is cut off. */
  readonly answerTimeoutMs: number;
}

/** Answers with metrics that clients have not read yet. Each has some hundred kilobytes. */
const maxUnreadAnswers = 8;

/** `/livez`, `/readyz` and `/metrics`, for a port that is never routed from outside. */
export function createManagementApp({ health, registry, answerTimeoutMs }: ManagementAppDeps): Koa {
  const router = new Router();
  router.get('/livez', (ctx) => {
    ctx.body = 'ok\n';
  });
  router.get('/readyz', (ctx) => {
    const readiness = health.readiness();
    ctx.status = readiness.ready ? 200 : 503;
    ctx.body = ctx.query.verbose === undefined ? (readiness.ready ? 'ok\n' : 'not ready\n') : readiness;
  });
  router.get('/metrics', createMetricsRoute(registry, answerTimeoutMs));
  const app = new LeanKoa();
  app.use(createTurnLimit()).use(answerBadTarget);
  app.use(router.routes()).use(router.allowedMethods());
  return app;
}

/** The router would fail on a target that is no URL. */
const answerBadTarget: Middleware = (ctx, next) => {
  if (readPath(ctx) !== undefined) {
    return next();
  }
  ctx.status = 404;
  return undefined;
};

/** Scrapes that arrive while metrics are collected share the result. */
function createMetricsRoute(registry: Registry, answerTimeoutMs: number): Middleware {
  let scrape: Promise<string> | undefined;
  let unread = 0;

  return async function showMetrics(ctx) {
    if (unread >= maxUnreadAnswers) {
      ctx.status = 503;
      ctx.body = 'too many scrapes at once\n';
      return;
    }
    unread += 1;
    const timer = setTimeout(() => ctx.req.socket.destroy(), answerTimeoutMs);
    ctx.res.once('close', () => {
      clearTimeout(timer);
      unread -= 1;
    });
    scrape ??= registry.metrics().finally(() => {
      scrape = undefined;
    });
    ctx.type = registry.contentType;
    ctx.body = await scrape;
  };
}
