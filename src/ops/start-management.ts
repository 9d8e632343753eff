import type { Registry } from 'prom-client';
import { logFailures } from '../http/log-failures.ts';
import { createWebServer } from '../http/server/create-web-server.ts';
import { listenOrExplain } from '../http/server/listen-error.ts';
import { toRequestListener } from '../http/server/to-request-listener.ts';
import type { Clock } from '../runtime/clock.ts';
import { createLogLimit } from '../runtime/log-limit.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Health } from './health.ts';
import { createManagementApp } from './management-app.ts';

export interface ManagementDeps {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly health: Health;
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

const variables = { host: 'MANAGEMENT_HOST or HTTP_HOST', port: 'MANAGEMENT_PORT' };

/**
 * Probes and scrapers have a handful. When there are more, a new one is let in all the same, for it may be the probe that
 * decides whether this process lives.
 */
const connectionLimits = { maxConnections: 512, whenFull: 'replace-oldest' } as const;

/** Listens on the management port, with the same limits on clients as the public port. */
export async function startManagement(deps: ManagementDeps): Promise<Management> {
  const { host, port, health, registry, clock, logger, answerTimeoutMs = 10_000 } = deps;
  const logLimit = createLogLimit(clock, logLinesPerSecond);
  const app = createManagementApp({ health, registry, answerTimeoutMs });
  logFailures(app, { logger, logLimit, message: 'request to the management port failed' });
  const web = createWebServer({
    handler: toRequestListener(app),
    connectionLimits,
    requestBudgetMs: answerTimeoutMs,
    logger,
    reloadIntervalMs: 0,
  });
  const listening = await listenOrExplain(web, { host, port }, variables);
  return { url: `http://localhost:${listening.port}`, close: () => listening.close(0) };
}
