import type { Registry } from 'prom-client';
import type { ServerCertificate } from '../../http/server/create-web-server.ts';
import type { Sink, SinkStatus } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import { toIso } from '../../runtime/format.ts';
import type { Health } from '../health.ts';
import type { ReadBackWatch } from '../read-back-watch.ts';
import type { ReceiverState, ReportedConfig } from '../receiver-state.ts';
import type { SecretWatch } from '../secret-watch.ts';
import type { Outage, SinkWatch } from '../sink-watch.ts';
import { createDiskReader } from './disk-reader.ts';
import { createProcessReport, readMetricSeries } from './process-state.ts';
import { decideReceiverHeadline } from './receiver-states.ts';
import type { ReceiverFacts, ReceiverReport, RegistrationReport, StoreReport } from './status-report.ts';
import { providerRetryPeriodMs } from './webhook-history.ts';

/** The parts of a receiver's state that the report shows. */
interface ReportedState extends Pick<ReceiverState, 'gate' | 'history' | 'certificate'> {
  readonly secrets: Pick<SecretWatch, 'of'>;
  readonly store: {
    readonly sink: Pick<Sink, 'status'>;
    readonly watch: Pick<SinkWatch, 'outage'>;
    readonly readBack: Pick<ReadBackWatch, 'findings'>;
  };
}

/** The parts that every process has. */
interface ProcessParts {
  readonly health: Pick<Health, 'readiness'>;
  readonly registry: Registry;
  readonly clock: Pick<Clock, 'epochMs'>;
}

/** Creates the report of a receiver from data in memory, without sending a request to the store. */
export function createReceiverReport(
  config: ReportedConfig,
  state: ReportedState,
  parts: ProcessParts,
): () => Promise<ReceiverReport> {
  const { gate, history, store, certificate } = state;
  const { registry, clock } = parts;
  const reportProcess = createProcessReport(parts);
  const topicNames = new Set(config.allTopics.flatMap(({ events, deadLetter }) => [events, deadLetter]));
  const dataDir = config.store.kind === 'journal' ? config.store.dataDir : undefined;
  const journalDisk = createDiskReader(dataDir, clock);
  const spoolDisk = createDiskReader(config.spool?.directory, clock);

  return async () => {
    const [circuits, queued, ledger, disk, diskOfSpool] = await Promise.all([
      listCircuits(registry),
      readMetricSeries(registry, 'comapi_webhook_store_queue_records'),
      reportLedger(registry),
      journalDisk(),
      spoolDisk(),
    ]);
    const registrations = config.webhooks.map((webhook) => reportRegistration(webhook, state));
    const { outage } = store.watch;
    const status = store.sink.status?.() ?? { topics: [] };
    const facts: ReceiverFacts = {
      process: 'receiver',
      ...reportProcess(),
      inFlight: { requests: gate.inFlightRequests, bytes: gate.inFlightBytes },
      refused: findFirstRefusal(outage, registrations),
      lastHour: history.lastHour(),
      deliveries: history.deliveries(),
      registrations,
      store: {
        kind: config.store.kind,
        ...toStoreState(status, outage),
        latency: history.latency(),
        circuits,
        queuedRecords: queued[0]?.value,
        disk,
        topics: listTopics(topicNames, status),
      },
      spool: status.spool && { ...status.spool, disk: diskOfSpool },
      certificate: reportCertificate(certificate),
      deadLetters: history.deadLetters(),
      ledger,
      readBack: store.readBack.findings(),
    };
    return { ...decideReceiverHeadline(facts), ...facts };
  };
}

const circuitStateNames = ['closed', 'half_open', 'open'];

async function listCircuits(registry: Registry): Promise<StoreReport['circuits']> {
  const series = await readMetricSeries(registry, 'comapi_webhook_store_circuit_state');
  return series.map(({ labels, value }) => ({
    to: String(labels.to),
    state: circuitStateNames[value] ?? 'open',
  }));
}

/**
 * Sums both sides of the ledger in one turn of the event loop, so that their difference is the number of events in
 * flight.
 */
async function reportLedger(registry: Registry): Promise<ReceiverFacts['ledger']> {
  const [received, settled] = await Promise.all([
    readMetricSeries(registry, 'comapi_webhook_events_received_total'),
    readMetricSeries(registry, 'comapi_webhook_events_total'),
  ]);
  const sum = (series: typeof received) => series.reduce((total, { value }) => total + value, 0);
  return { received: sum(received), settled: sum(settled) };
}

function reportCertificate(certificate: ServerCertificate | undefined): ReceiverFacts['certificate'] {
  const expiresMs = certificate?.expiresAt();
  return (
    certificate && {
      expiresAt: expiresMs === undefined ? undefined : toIso(expiresMs),
      problem: certificate.problem(),
    }
  );
}

/** Returns when the outage or the oldest unresolved rejection began, and when the provider gives up. */
function findFirstRefusal(
  outage: Outage | undefined,
  registrations: readonly RegistrationReport[],
): ReceiverFacts['refused'] {
  const lossTimes = registrations.flatMap(({ refused }) =>
    refused === undefined || refused.isOver ? [] : Date.parse(refused.since),
  );
  const all = outage === undefined ? lossTimes : [outage.since, ...lossTimes];
  const sinceMs = Math.min(...all);
  return all.length === 0
    ? undefined
    : { since: toIso(sinceMs), lossFrom: toIso(sinceMs + providerRetryPeriodMs) };
}

/** Prefers the store's own state, because a spool accepts deliveries while the store is down. */
function toStoreState(
  { store, notice }: SinkStatus,
  outage: Outage | undefined,
): Pick<StoreReport, 'up' | 'detail' | 'notice' | 'unavailableSince'> {
  const { up, detail } = store ?? { up: outage === undefined, detail: outage?.detail ?? '' };
  const outageStart = outage === undefined ? undefined : toIso(outage.since);
  return { up, detail, notice, unavailableSince: outageStart };
}

/** Lists all configured topics, including topics that are unknown to the store. */
function listTopics(names: ReadonlySet<string>, { topics }: SinkStatus): StoreReport['topics'] {
  const statusByTopic = new Map(topics.map((status) => [status.topic, status]));
  return Array.from(names, (topic) => {
    const { validation, problem } = statusByTopic.get(topic) ?? {};
    const findings = (validation?.findings ?? []).map(({ message }) => message);
    return { topic, verdict: validation?.verdict, findings, problem };
  });
}

/** Names secrets by their labels, never by their values. */
function reportRegistration(
  { name, path }: ReportedConfig['webhooks'][number],
  { secrets, history }: Pick<ReportedState, 'secrets' | 'history'>,
): RegistrationReport {
  const webhook = history.of(name);
  const knownSecrets = secrets.of(name);
  return {
    name,
    path,
    ...webhook.report(),
    secrets: [
      ...knownSecrets.secrets.map(({ label }) => ({ label, ...webhook.reportSecret(label) })),
      ...knownSecrets.problems.map(({ label, message: problem }) => ({
        label,
        ...webhook.reportSecret(label),
        problem,
      })),
    ],
  };
}
