import { Router } from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import type { Registry } from 'prom-client';
import { createWebServer } from '../http/server/create-web-server.ts';
import { readPath, toRequestListener } from '../http/server/koa-without-on-finished.ts';
import { limitResponsesPerTurn } from '../http/server/limit-responses-per-turn.ts';
import { listen } from '../http/server/listen.ts';
import { calculateFileDescriptorShares } from '../http/server/open-files.ts';
import type { Clock } from '../runtime/clock.ts';
import { LogRateLimit } from '../runtime/log-rate-limit.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Health } from './health.ts';
import type { StatusReport } from './status/status-report.ts';
import { createStatusRoutes } from './status/status-routes.ts';

export interface ManagementDeps {
  readonly host: string;
  /** Port to listen on. 0 selects any free port. */
  readonly port: number;
  readonly health: Health;
  readonly report: () => Promise<StatusReport>;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Management {
  /** URL without a path, for example `http://localhost:9090`. */
  readonly url: string;
  /** Closes the server and all connections. */
  close(): Promise<void>;
}

const logLinesPerSecond = 5;

const managementAddressVariables = { host: 'MANAGEMENT_HOST', port: 'MANAGEMENT_PORT' };

/**
 * Maximum number of connections, of which probes and scrapers need only a few. Beyond this number, new connections are
 * still accepted, because one of them may be the liveness probe. The oldest connection is closed instead.
 */
const maxManagementConnections = 512;

/** The default scrape timeout of Prometheus. */
const requestBudgetMs = 10_000;

/**
 * Serves `/livez`, `/readyz`, `/metrics`, and the status as a page and as JSON, on a port that is never exposed to the
 * internet. Its connections and requests have the limits of the public port. The memory for responses is not limited.
 */
export async function startManagement(deps: ManagementDeps): Promise<Management> {
  const { host, port, health, report, registry, clock, logger } = deps;
  const status = createStatusRoutes(report);
  const router = new Router()
    .get('/livez', showLiveness)
    .get('/readyz', (ctx) => showReadiness(ctx, health))
    .get('/metrics', createMetricsRoute(registry))
    .get('/', status.showPage)
    .get('/status.json', status.showJson);
  const app = new Koa().use(limitResponsesPerTurn()).use(rejectInvalidTarget);
  app.use(router.routes()).use(router.allowedMethods());
  const logRateLimit = new LogRateLimit(clock, logLinesPerSecond);
  const web = createWebServer({
    handler: toRequestListener(app, {
      logger,
      logLimit: logRateLimit,
      message: 'request to the management port failed',
    }),
    tls: undefined,
    maxConnections: Math.min(maxManagementConnections, calculateFileDescriptorShares().managementConnections),
    requestBudgetMs,
    logger,
    reloadIntervalMs: 0,
  });
  const listeningServer = await listen(web, { host, port }, managementAddressVariables);
  return { url: `http://localhost:${listeningServer.port}`, close: () => listeningServer.close(0) };
}

/** Rejects invalid request targets, because the router throws on them. */
const rejectInvalidTarget: Middleware = (ctx, next) => (readPath(ctx) === undefined ? undefined : next());

const showLiveness: Middleware = (ctx) => {
  ctx.body = 'ok\n';
};

function showReadiness(ctx: Context, health: Health): void {
  const readiness = health.readiness();
  ctx.status = readiness.ready ? 200 : 503;
  ctx.body = ctx.query.verbose === undefined ? (readiness.ready ? 'ok\n' : 'not ready\n') : readiness;
}

/** Creates the metrics route. Scrapes that arrive while metrics are being collected share the result. */
function createMetricsRoute(registry: Registry): Middleware {
  let pendingScrape: Promise<string> | undefined;

  return async function showMetrics(ctx) {
    pendingScrape ??= registry.metrics().finally(() => {
      pendingScrape = undefined;
    });
    ctx.type = registry.contentType;
    ctx.body = await pendingScrape;
  };
}
