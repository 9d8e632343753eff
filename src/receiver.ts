import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from 'prom-client';
import type { ReceiverConfig } from './config/receiver-config.ts';
import { ensureDevelopmentSecret } from './config/secret-source.ts';
import { createBodyWatch } from './http/arriving-body.ts';
import { createDeliveryLog } from './http/log-deliveries.ts';
import { LoopWatch } from './http/loop-watch.ts';
import { createReceiverApp } from './http/receiver-app.ts';
import { createWebServer } from './http/server/create-web-server.ts';
import { toRequestListener } from './http/server/koa-without-on-finished.ts';
import { toMaxConnections } from './http/server/limit-connections.ts';
import { listen } from './http/server/listen.ts';
import { AppendWatch } from './observe/append-watch.ts';
import { createReceiverChecks, Health } from './observe/health.ts';
import { ReadBackWatch } from './observe/read-back-watch.ts';
import { createReceiverMetrics } from './observe/receiver-metrics.ts';
import { SecretWatch } from './observe/secret-watch.ts';
import { SignatureExaminer } from './observe/signature-examiner.ts';
import { SinkWatch } from './observe/sink-watch.ts';
import { startManagement } from './observe/start-management.ts';
import { DeliveryHistory } from './observe/status/delivery-history.ts';
import { createReceiverReport } from './observe/status/receiver-report.ts';
import { RefusalLog } from './observe/status/refusal-log.ts';
import type { ReceiverSink } from './ports/sink.ts';
import { type Clock, createIsoClock } from './runtime/clock.ts';
import { LogLimit } from './runtime/log-limit.ts';
import { audit, type Logger } from './runtime/logger.ts';
import type { RunningProcess } from './runtime/run-process.ts';
import { RoomForBodies } from './runtime/tune-engine.ts';
import { version } from './runtime/version.ts';
import { openStore } from './stores/open-store.ts';
import type { SinkDeps } from './stores/store.ts';
import { AdmissionGate } from './webhook/admission-gate.ts';
import { EventFields } from './webhook/event-fields.ts';
import type { ReceiveWebhookDeps } from './webhook/receive-webhook.ts';
import { createSignatureCheck } from './webhook/verify-signature.ts';

export interface ReceiverDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly registry?: Registry;
  /** Replaces the sink of the configured store. */
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

/** Log lines per second about failed requests. The limit exists because unauthenticated clients can cause them. */
const failureLinesPerSecond = 20;

/**
 * Builds the receiver and starts listening. The receiver becomes ready once its store accepts records, and returns 503
 * whenever the store rejects records.
 */
export async function startReceiver(config: ReceiverConfig, deps: ReceiverDeps): Promise<RunningReceiver> {
  const { logger, clock, registry = new Registry(), reloadIntervalMs = 2_000 } = deps;
  const { http } = config;
  const { requestBudgetMs, bodyTimeoutMs } = http;
  const webhooks = config.webhooks.map(({ name }) => name);
  const metrics = createReceiverMetrics(registry, { version, webhooks, clock });
  const readBack = new ReadBackWatch({ clock, logger, observe: metrics.observeReadBack });
  const sink = deps.sink ?? (await openSink(config, { logger, clock, registry, sampler: readBack }));
  const appends = new AppendWatch({ clock, windowMs: requestBudgetMs });
  const sinkWatch = new SinkWatch({ sink, appends, clock, logger, intervalMs: sinkWatchIntervalMs });
  const gate = new AdmissionGate(http);
  for (const { secrets } of config.webhooks) {
    if (secrets.kind === 'generated') {
      await ensureDevelopmentSecret(secrets.file);
    }
  }
  const secrets = new SecretWatch(config.webhooks, { logger, clock, intervalMs: reloadIntervalMs });
  const loop = new LoopWatch(() => clock.now());
  const refusals = new RefusalLog(clock);
  const history = new DeliveryHistory(clock, webhooks);
  const tracing = { storeKind: config.store.kind, clock, logger };
  const traces =
    config.traces &&
    (await import('./observe/tracing/trace-deliveries.ts')).openDeliveryTraces(config.traces, tracing);
  const logLimit = new LogLimit(clock, failureLinesPerSecond);
  const observeOnly: ReceiveWebhookDeps['observeOnly'] = (webhook, run) => {
    try {
      run();
    } catch (err) {
      const allowed = logLimit.take();
      if (allowed !== undefined) {
        logger.error({ webhook, err, ...allowed }, 'cannot record the metrics or the log line of a delivery');
      }
    }
  };
  const examiner = new SignatureExaminer({
    clock,
    secrets,
    observeOnly,
    observeCause(webhook, cause) {
      metrics.observeSignatureCause(webhook, cause);
      refusals.observeExamined(webhook, cause);
    },
  });
  const logDelivery = createDeliveryLog({
    logger,
    clock,
    examine(webhook, mismatch, tell) {
      const explain = history.explainLast(webhook);
      examiner.examine(webhook, mismatch, (explanation) => {
        explain(explanation);
        tell(explanation);
      });
    },
  });
  const room = new RoomForBodies();
  const app = createReceiverApp({
    sink,
    gate,
    loop,
    publicUrl: http.publicUrl,
    requestBudgetMs,
    bodyTimeoutMs,
    isoNow: createIsoClock(clock),
    isStoring: () => sink.health().up,
    arriving: createBodyWatch({ now: () => clock.now(), gate, bodyTimeoutMs }),
    webhooks: config.webhooks.map(({ name, path, topics }) => ({
      name,
      path,
      topics,
      secrets: () => secrets.of(name),
    })),
    verifySignature: createSignatureCheck(),
    eventFields: new EventFields(config.recordRules.keyRules),
    recordRules: config.recordRules,
    beginTrace: traces?.begin,
    observeOnly,
    observeReceived: metrics.observeReceived,
    observeMisdirected: metrics.observeMisdirected,
    observeFailure: (failed) =>
      logger.error(failed, 'events could not be processed and are stored as dead letters'),
    observe(outcome, facts) {
      appends.observe(outcome, facts.durationMs);
      refusals.observe(outcome, facts);
      history.observe(outcome, facts);
      metrics.observe(outcome, facts);
      logDelivery(outcome, facts);
      traces?.observe(outcome, facts);
      if (outcome.code === 'ok') {
        room.observe(outcome.bodyBytes);
      }
    },
  });
  const web = createWebServer({
    handler: toRequestListener(app, { logger, logLimit, message: 'request failed' }),
    tls: http.tls,
    requestBudgetMs,
    maxConnections: toMaxConnections(http),
    logger,
    reloadIntervalMs,
  });
  const { certificateProblem, certificateExpiresAt } = web;
  const checks = createReceiverChecks({ sinkWatch, secrets, readBack, certificateProblem });
  const health = new Health(checks, { staysReady: true });
  metrics.watch({ gate, sink: sinkWatch, health, secrets, certificateProblem, certificateExpiresAt });

  const report = createReceiverReport({
    webhooks: config.webhooks,
    topics: config.allTopics,
    storeKind: config.store.kind,
    directories: {
      journal: config.store.kind === 'journal' ? config.store.dataDir : undefined,
      spool: config.spool?.directory,
    },
    sink,
    sinkWatch,
    gate,
    secrets,
    readBack,
    certificate: certificateProblem &&
      certificateExpiresAt && { problem: certificateProblem, expiresAt: certificateExpiresAt },
    refusals,
    history,
    health,
    registry,
    clock,
  });
  const { host, port } = config.management;
  const management = await startManagement({ host, port, health, report, registry, clock, logger });
  const publicPort = await listen(web, http, { host: 'HTTP_HOST', port: 'HTTP_PORT' });
  // Evaluates readiness as soon as the sink has started, even without a probe. Rejects only if the sink is closed before it
  // has started.
  const starting = sink.start().then(
    () => void health.readiness(),
    () => {},
  );
  const url = `${web.scheme}://localhost:${publicPort.port}`;
  const paths = config.webhooks.map(({ path }) => path);
  logger.info({ version, url, managementUrl: management.url, webhooks: paths }, 'listening');
  // The audit log needs the store and the accepted secrets.
  const facts = {
    version,
    store: config.store.kind,
    httpTls: http.tls !== undefined,
    traces: config.traces?.url,
    secretLabels: Object.fromEntries(
      secrets.current().map(({ webhook, known }) => [webhook, known.secrets.map(({ label }) => label)]),
    ),
  };
  audit(logger, 'started', facts, 'the receiver has started');

  return {
    url,
    managementUrl: management.url,
    async stop() {
      health.drain();
      publicPort.turnAway();
      await delay(config.shutdown.delayMs);
      const closed = publicPort.close(requestBudgetMs);
      gate.close();
      readBack.stop();
      try {
        await closed;
      } finally {
        examiner.close();
        await Promise.all([sink.close(), traces?.close()]);
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

/** Opens the sink of the store. With SPOOL_DIR, the sink is behind a spool. */
async function openSink(
  { store, spool, allTopics: topics, http }: ReceiverConfig,
  deps: Pick<SinkDeps, 'logger' | 'clock' | 'registry' | 'sampler'>,
): Promise<ReceiverSink> {
  const opened = await openStore(store);
  const sink = await opened.createSink({ topics, maxBodyBytes: http.maxBodyBytes, ...deps });
  if (spool === undefined) {
    return sink;
  }
  const { createSpoolingSink } = await import('./stores/spool/spooling-sink.ts');
  const { registry, clock, logger } = deps;
  return createSpoolingSink({ config: spool, store: sink, topics, registry, clock, logger });
}
