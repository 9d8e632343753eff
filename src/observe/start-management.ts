import { Router } from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import type { Registry } from 'prom-client';
import { createWebServer } from '../http/server/create-web-server.ts';
import { readPath, toRequestListener } from '../http/server/lean-koa.ts';
import { createTurnLimit } from '../http/server/limit-turn.ts';
import { listen } from '../http/server/listen.ts';
import { toFileShares } from '../http/server/open-files.ts';
import type { Clock } from '../runtime/clock.ts';
import { LogLimit } from '../runtime/log-limit.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Health } from './health.ts';
import type { StatusReport } from './status/status-report.ts';
import { createStatusRoutes } from './status/status-routes.ts';

export interface ManagementDeps {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly health: Health;
  readonly report: () => Promise<StatusReport>;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A client that has not read the answer after this time is cut off. Prometheus waits 10 s by default. */
  readonly answerTimeoutMs?: number;
}

export interface Management {
  /** Without a path, for example `http://localhost:9090`. */
  readonly url: string;
  /** Cuts all connections. */
  close(): Promise<void>;
}

const logLinesPerSecond = 5;

const variables = { host: 'MANAGEMENT_HOST', port: 'MANAGEMENT_PORT' };

/**
 * Probes and scrapers have a handful. When there are more, a new one is let in all the same, for it may be the probe that
 * decides whether this process lives. Nothing is signed there, so the oldest one goes.
 */
const mostConnections = 512;

/** Answers that clients have not read yet. Each has some hundred kilobytes. */
const maxUnreadAnswers = 8;

/**
 * `/livez`, `/readyz`, `/metrics`, and the status as a page and as JSON, on a port that is never routed from outside. It
 * has the same limits on clients as the public port.
 */
export async function startManagement(deps: ManagementDeps): Promise<Management> {
  const { host, port, health, report, registry, clock, logger, answerTimeoutMs = 10_000 } = deps;
  const status = createStatusRoutes({ report, clock });
  const limitStatus = createUnreadLimit(answerTimeoutMs);
  const router = new Router()
    .get('/livez', showLiveness)
    .get('/readyz', (ctx) => showReadiness(ctx, health))
    .get('/metrics', createUnreadLimit(answerTimeoutMs), createMetricsRoute(registry))
    .get('/', limitStatus, status.showPage)
    .get('/status.json', limitStatus, status.showJson);
  const app = new Koa().use(createTurnLimit()).use(answerBadTarget);
  app.use(router.routes()).use(router.allowedMethods());
  const logLimit = new LogLimit(clock, logLinesPerSecond);
  const web = createWebServer({
    handler: toRequestListener(app, { logger, logLimit, message: 'request to the management port failed' }),
    maxConnections: Math.min(mostConnections, toFileShares().managementConnections),
    requestBudgetMs: answerTimeoutMs,
    logger,
    reloadIntervalMs: 0,
  });
  const listening = await listen(web, { host, port }, variables);
  return { url: `http://localhost:${listening.port}`, close: () => listening.close(0) };
}

/** The router would fail on a target that is no URL. */
const answerBadTarget: Middleware = (ctx, next) => {
  if (readPath(ctx) !== undefined) {
    return next();
  }
  ctx.status = 404;
  return undefined;
};

const showLiveness: Middleware = (ctx) => {
  ctx.body = 'ok\n';
};

function showReadiness(ctx: Context, health: Health): void {
  const readiness = health.readiness();
  ctx.status = readiness.ready ? 200 : 503;
  ctx.body = ctx.query.verbose === undefined ? (readiness.ready ? 'ok\n' : 'not ready\n') : readiness;
}

/** Bounds what long answers take of the memory: few at once, and none for longer than its time. */
function createUnreadLimit(answerTimeoutMs: number): Middleware {
  let unread = 0;

  return function limitUnread(ctx, next) {
    if (unread >= maxUnreadAnswers) {
      ctx.status = 503;
      ctx.body = 'too many at once\n';
      return undefined;
    }
    unread += 1;
    const timer = setTimeout(() => ctx.req.socket.destroy(), answerTimeoutMs);
    ctx.res.once('close', () => {
      clearTimeout(timer);
      unread -= 1;
    });
    return next();
  };
}

/** Scrapes that arrive while metrics are collected share the result. */
function createMetricsRoute(registry: Registry): Middleware {
  let scrape: Promise<string> | undefined;

  return async function showMetrics(ctx) {
    scrape ??= registry.metrics().finally(() => {
      scrape = undefined;
    });
    ctx.type = registry.contentType;
    ctx.body = await scrape;
  };
}
