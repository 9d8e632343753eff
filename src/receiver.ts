import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from 'prom-client';
import type { ReceiverConfig } from './config/receiver-config.ts';
import { createDeliveryLog } from './http/log-deliveries.ts';
import { createReceiverApp } from './http/receiver-app.ts';
import { createWebServer } from './http/server/create-web-server.ts';
import { listenWidely } from './http/server/listen.ts';
import { toRequestListener } from './http/server/to-request-listener.ts';
import { createHealth, type ReadinessCheck } from './ops/health.ts';
import { createReceiverMetrics } from './ops/receiver-metrics.ts';
import { createSecretWatch } from './ops/secret-watch.ts';
import { createSinkWatch } from './ops/sink-watch.ts';
import { startManagement } from './ops/start-management.ts';
import type { Clock } from './runtime/clock.ts';
import { createDeadlineWatch } from './runtime/deadline-watch.ts';
import { createIsoClock } from './runtime/iso-clock.ts';
import { createLogLimit } from './runtime/log-limit.ts';
import type { Logger } from './runtime/logger.ts';
import { watchLoop } from './runtime/loop-watch.ts';
import type { RunningProcess } from './runtime/run-process.ts';
import { version } from './runtime/version.ts';
import type { Sink } from './sink/sink.ts';
import { openStore } from './store/open-store.ts';
import type { SinkDeps } from './store/store.ts';
import { createAdmissionGate } from './webhook/admission-gate.ts';

export interface ReceiverDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly registry?: Registry;
  /** Stands in for the configured one. */
  readonly sink?: Sink;
}

export interface RunningReceiver extends RunningProcess {
  /** Without a path, for example `http://localhost:8080`. */
  readonly url: string;
  readonly managementUrl: string;
}

/** How often secret and certificate files are looked at. */
const reloadIntervalMs = 2_000;

/** Lines a second on refused deliveries and failed requests. */
const strangerLinesPerSecond = 20;

/** How much earlier than its end a body's time may be over. */
const bodySweepMs = 50;

/** Builds the receiver and starts listening. It answers 503 and is not ready until its store takes records. */
export async function startReceiver(config: ReceiverConfig, deps: ReceiverDeps): Promise<RunningReceiver> {
  const { logger, clock, registry = new Registry() } = deps;
  const metrics = createReceiverMetrics(registry, {
    version,
    webhooks: config.webhooks.map(({ name }) => name),
    clock,
  });
  const sink = deps.sink ?? (await openSink(config, { logger, clock, registry }));
  const sinkWatch = createSinkWatch({ sink, clock, logger, intervalMs: 1_000 });
  const gate = createAdmissionGate(config.http);
  const secrets = createSecretWatch(config.webhooks, { logger, intervalMs: reloadIntervalMs });
  const logLimit = createLogLimit(clock, strangerLinesPerSecond);
  const logDelivery = createDeliveryLog(logger, logLimit);

  const now = () => clock.now();
  const bodyDeadlines = createDeadlineWatch({ now, intervalMs: bodySweepMs });
  const loop = watchLoop(now);
  const app = createReceiverApp({
    ...config.http,
    bodyDeadlines,
    loop,
    webhooks: config.webhooks.map((webhook) => ({ ...webhook, secrets: () => secrets.of(webhook.name) })),
    keyRules: config.keyRules,
    gate,
    sink,
    isoNow: createIsoClock(clock),
    logger,
    logLimit,
    observeReceived: metrics.observeReceived,
    observeOther: metrics.observeOther,
    observeDefect: (defect) => logger.error(defect, 'events could not be handled'),
    observe(outcome, facts) {
      metrics.observe(outcome, facts);
      logDelivery(outcome, facts);
    },
  });
  const web = createWebServer({ ...config.http, handler: toRequestListener(app), logger, reloadIntervalMs });
  const { certificateFault } = web;
  const health = createHealth([
    {
      name: 'sink',
      check() {
        const { up, detail } = sink.health();
        return { ok: up, detail };
      },
    },
    { name: 'secrets', check: secrets.check },
    ...(certificateFault === undefined ? [] : [createCertificateCheck(certificateFault)]),
  ]);
  metrics.watch({ gate, sink: sinkWatch, health, secrets, ...(certificateFault && { certificateFault }) });

  const management = await startManagement({ ...config.management, health, registry, clock, logger });
  const publicPort = await listenWidely(web.server, config.http);
  // Rejects only when the sink is closed before it could start.
  const starting = sink.start().catch(() => {});
  const url = `${web.scheme}://localhost:${publicPort.port}`;
  logger.info(
    { version, url, managementUrl: management.url, webhooks: config.webhooks.map(({ path }) => path) },
    'listening',
  );

  return {
    url,
    managementUrl: management.url,
    async stop() {
      health.drain();
      // Still serving, but every answer asks its connection's proxy or client to go elsewhere.
      web.server.prependListener('request', (_request, response) => {
        response.setHeader('Connection', 'close');
      });
      await delay(config.shutdown.delayMs);
      const closed = publicPort.close(config.http.requestBudgetMs);
      gate.close();
      try {
        await closed;
      } finally {
        await sink.close();
      }
      await starting;
      sinkWatch.stop();
      loop.stop();
      web.dispose();
      secrets.stop();
      await management.close();
    },
  };
}

async function openSink(
  { store, webhooks, http }: ReceiverConfig,
  deps: Pick<SinkDeps, 'logger' | 'clock' | 'registry'>,
): Promise<Sink> {
  return (await openStore(store)).createSink({ webhooks, maxBodyBytes: http.maxBodyBytes, ...deps });
}

/** Never not ready: the last good certificate serves. */
function createCertificateCheck(fault: () => string | undefined): ReadinessCheck {
  return { name: 'certificate', check: () => ({ ok: true, detail: fault() ?? '' }) };
}
