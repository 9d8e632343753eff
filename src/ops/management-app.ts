import { Router } from '@koa/router';
import Koa from 'koa';
import type { Registry } from 'prom-client';
import type { Health } from './health.ts';

export interface ManagementDeps {
  readonly health: Health;
  readonly registry: Registry;
}

/** `/livez`, `/readyz` and `/metrics`, on a port that is never routed from outside. */
export function createManagementApp({ health, registry }: ManagementDeps): Koa {
  const router = new Router();
  router.get('/livez', (ctx) => {
    ctx.body = 'ok\n';
  });
  router.get('/readyz', (ctx) => {
    const readiness = health.readiness();
    ctx.status = readiness.ready ? 200 : 503;
    ctx.body = ctx.query.verbose === undefined ? (readiness.ready ? 'ok\n' : 'not ready\n') : readiness;
  });
  router.get('/metrics', async (ctx) => {
    ctx.type = registry.contentType;
    ctx.body = await registry.metrics();
  });
  const app = new Koa();
  app.use(router.routes()).use(router.allowedMethods());
  return app;
}
