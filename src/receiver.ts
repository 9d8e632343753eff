import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from 'prom-client';
import type { ReceiverConfig } from './config/receiver-config.ts';
import { ensureDevelopmentSecret } from './config/secret-source.ts';
import { createBodyWatch } from './http/arriving-body.ts';
import { EventLoopWatch } from './http/event-loop-watch.ts';
import { createReceiverApp } from './http/receiver-app.ts';
import { createWebServer } from './http/server/create-web-server.ts';
import { toRequestListener } from './http/server/koa-without-on-finished.ts';
import { toMaxConnections } from './http/server/limit-connections.ts';
import { listen } from './http/server/listen.ts';
import { AppendWatch } from './observe/append-watch.ts';
import { DeliveryObservers } from './observe/delivery-observers.ts';
import { createReceiverChecks, Health } from './observe/health.ts';
import { ReadBackWatch } from './observe/read-back-watch.ts';
import { createReceiverMetrics } from './observe/receiver-metrics.ts';
import type { ReceiverState } from './observe/receiver-state.ts';
import { SecretWatch } from './observe/secret-watch.ts';
import { SinkWatch } from './observe/sink-watch.ts';
import { startManagement } from './observe/start-management.ts';
import { DeliveryHistory } from './observe/status/delivery-history.ts';
import { createReceiverReport } from './observe/status/receiver-report.ts';
import type { DeliveryTraces } from './observe/tracing/trace-deliveries.ts';
import type { ReceiverSink } from './ports/sink.ts';
import { type Clock, createIsoClock } from './runtime/clock.ts';
import { LogRateLimit } from './runtime/log-rate-limit.ts';
import { type Logger, writeAuditLine } from './runtime/logger.ts';
import type { RunningProcess } from './runtime/run-process.ts';
import { version } from './runtime/version.ts';
import { openStore } from './stores/open-store.ts';
import type { SinkDeps } from './stores/store.ts';
import { AdmissionGate } from './webhook/admission-gate.ts';
import { EventFields } from './webhook/event-fields.ts';
import type { Receiver } from './webhook/receive-webhook.ts';
import { SignatureCheck } from './webhook/verify-signature.ts';

export interface ReceiverDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly registry?: Registry;
  /** Sink to use instead of the sink of the configured store. */
  readonly sink?: ReceiverSink;
  /** Interval at which secret and certificate files are read again. */
  readonly reloadIntervalMs?: number;
}

export interface RunningReceiver extends RunningProcess {
  /** URL without a path, for example `http://localhost:8080`. */
  readonly url: string;
  readonly managementUrl: string;
}

const sinkWatchIntervalMs = 1_000;

/**
 * Maximum number of log lines per second about failed requests. Unauthenticated clients can cause these lines, so their
 * rate must be limited.
 */
const failureLinesPerSecond = 20;

/**
 * Builds the receiver and starts listening. The receiver becomes ready once its store accepts records, and returns 503
 * whenever the store rejects records.
 */
export async function startReceiver(config: ReceiverConfig, deps: ReceiverDeps): Promise<RunningReceiver> {
  const { logger, clock, registry = new Registry(), reloadIntervalMs = 2_000 } = deps;
  const { http } = config;
  const { requestBudgetMs, bodyTimeoutMs } = http;
  const webhookNames = config.webhooks.map(({ name }) => name);

  // The store.
  const metrics = createReceiverMetrics(registry, { version, webhooks: webhookNames, clock });
  const readBackWatch = new ReadBackWatch({ clock, logger, observe: metrics.observeReadBack });
  const sink = deps.sink ?? (await openSink(config, { logger, clock, registry, sampler: readBackWatch }));
  const appendWatch = new AppendWatch({ clock, windowMs: requestBudgetMs });
  const sinkWatch = new SinkWatch({
    sink,
    appends: appendWatch,
    clock,
    logger,
    intervalMs: sinkWatchIntervalMs,
  });

  // Create the components that process deliveries.
  await ensureDevelopmentSecrets(config.webhooks);
  const secrets = new SecretWatch(config.webhooks, { logger, clock, intervalMs: reloadIntervalMs });
  const history = new DeliveryHistory(clock, webhookNames);
  const traces = await openTraces(config, { logger, clock });
  const admissionGate = new AdmissionGate(http);
  const receiver: Receiver = {
    gate: admissionGate,
    signatureCheck: new SignatureCheck(),
    eventFields: new EventFields(config.recordRules.keyRules),
    recordRules: config.recordRules,
    isoNow: createIsoClock(clock),
    sink,
    observers: new DeliveryObservers({
      metrics,
      appends: appendWatch,
      history,
      traces,
      secrets,
      clock,
      logger,
    }),
  };

  // The public port.
  const now = () => clock.now();
  const eventLoopWatch = new EventLoopWatch(now);
  const arrivingBodies = createBodyWatch({ now, gate: admissionGate, bodyTimeoutMs });
  const app = createReceiverApp(receiver, {
    webhooks: config.webhooks.map(({ name, path, topics }) => ({
      name,
      path,
      topics,
      secrets: () => secrets.of(name),
    })),
    limits: {
      maxBodyBytes: http.maxBodyBytes,
      requestBudgetMs,
      bodyTimeoutMs,
      arriving: arrivingBodies,
      loop: eventLoopWatch,
    },
    publicUrl: http.publicUrl,
  });
  const logRateLimit = new LogRateLimit(clock, failureLinesPerSecond);
  const web = createWebServer({
    handler: toRequestListener(app, { logger, logLimit: logRateLimit, message: 'request failed' }),
    tls: http.tls,
    requestBudgetMs,
    maxConnections: toMaxConnections(http),
    logger,
    reloadIntervalMs,
  });

  // The management port.
  const state: ReceiverState = {
    gate: admissionGate,
    secrets,
    store: { sink, watch: sinkWatch, readBack: readBackWatch },
    history,
    certificate: web.certificate,
  };
  const health = new Health(createReceiverChecks(state), { staysReady: true });
  metrics.watch(state, health);
  const report = createReceiverReport(config, state, { health, registry, clock });
  const { host, port } = config.management;
  const management = await startManagement({ host, port, health, report, registry, clock, logger });
  const publicPort = await listen(web, http, { host: 'HTTP_HOST', port: 'HTTP_PORT' });
  // Readiness is evaluated as soon as the sink has started, without waiting for a probe. The start fails only if the
  // sink is closed first, which needs no action here.
  const startPromise = sink.start().then(
    () => void health.readiness(),
    () => {},
  );
  const url = `${web.scheme}://localhost:${publicPort.port}`;
  const paths = config.webhooks.map(({ path }) => path);
  logger.info({ version, url, managementUrl: management.url, webhooks: paths }, 'listening');
  auditStart(config, secrets, logger);

  return {
    url,
    managementUrl: management.url,
    async stop() {
      health.drain();
      publicPort.turnAway();
      await delay(config.shutdown.delayMs);
      const closePromise = publicPort.close(requestBudgetMs);
      admissionGate.close();
      readBackWatch.stop();
      try {
        await closePromise;
      } finally {
        await Promise.all([sink.close(), traces?.close()]);
      }
      await startPromise;
      sinkWatch.stop();
      eventLoopWatch.stop();
      web.dispose();
      secrets.stop();
      await management.close();
    },
  };
}

/** Generates a secret for each development webhook that does not have one yet. */
async function ensureDevelopmentSecrets(webhooks: ReceiverConfig['webhooks']): Promise<void> {
  for (const { secrets } of webhooks) {
    if (secrets.kind === 'generated') {
      await ensureDevelopmentSecret(secrets.file);
    }
  }
}

/** Loads OpenTelemetry only if traces are configured. */
async function openTraces(
  { traces, store }: ReceiverConfig,
  deps: Pick<ReceiverDeps, 'logger' | 'clock'>,
): Promise<DeliveryTraces | undefined> {
  if (traces === undefined) {
    return undefined;
  }
  const { openDeliveryTraces } = await import('./observe/tracing/trace-deliveries.ts');
  return openDeliveryTraces(traces, { storeKind: store.kind, ...deps });
}

/** Writes the store and the labels of the accepted secrets to the audit log. */
function auditStart({ store, http, traces }: ReceiverConfig, secrets: SecretWatch, logger: Logger): void {
  const facts = {
    version,
    store: store.kind,
    httpTls: http.tls !== undefined,
    traces: traces?.url,
    secretLabels: Object.fromEntries(
      secrets.current().map(({ webhook, known }) => [webhook, known.secrets.map(({ label }) => label)]),
    ),
  };
  writeAuditLine(logger, 'started', facts, 'the receiver has started');
}

/** Opens the sink of the store. If SPOOL_DIR is set, wraps the sink in a spool. */
async function openSink(
  { store, spool, allTopics: topics, http }: ReceiverConfig,
  deps: Pick<SinkDeps, 'logger' | 'clock' | 'registry' | 'sampler'>,
): Promise<ReceiverSink> {
  const openedStore = await openStore(store);
  const sink = await openedStore.createSink({ topics, maxBodyBytes: http.maxBodyBytes, ...deps });
  if (spool === undefined) {
    return sink;
  }
  const { createSpoolingSink } = await import('./stores/spool/spooling-sink.ts');
  const { registry, clock, logger } = deps;
  return createSpoolingSink({ config: spool, store: sink, topics, registry, clock, logger });
}
