import type { Registry } from 'prom-client';
import type { ServerCertificate } from '../../http/server/create-web-server.ts';
import type { Sink, SinkStatus } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import { toIso } from '../../runtime/format.ts';
import type { KnownSecrets } from '../../webhook/secret.ts';
import type { Health } from '../health.ts';
import type { ReadBackWatch } from '../read-back-watch.ts';
import type { ReceiverState, ShownConfig } from '../receiver-state.ts';
import type { SecretWatch } from '../secret-watch.ts';
import type { Outage, SinkWatch } from '../sink-watch.ts';
import { createDiskReader } from './disk-reader.ts';
import { createProcessReport, readMetricSeries } from './process-state.ts';
import { decideReceiverHeadline } from './receiver-states.ts';
import {
  longestRetryPauseMs,
  providerRetryPeriodMs,
  type RefusalGroup,
  type RejectionSeries,
} from './refusal-log.ts';
import type {
  CertificateReport,
  LedgerReport,
  ReceiverFacts,
  ReceiverReport,
  RefusalReport,
  RefusedDeliveriesReport,
  RegistrationReport,
  RetryReport,
  SecretReport,
  StoreReport,
} from './status-report.ts';

/** The parts of a receiver's state that the report shows. */
interface ReportedState extends Pick<ReceiverState, 'gate' | 'deliveries' | 'certificate'> {
  readonly secrets: Pick<SecretWatch, 'of'>;
  readonly store: {
    readonly sink: Pick<Sink, 'status'>;
    readonly watch: Pick<SinkWatch, 'outage'>;
    readonly readBack: Pick<ReadBackWatch, 'findings'>;
  };
}

/** The parts that every process has. */
export interface ProcessParts {
  readonly health: Pick<Health, 'readiness'>;
  readonly registry: Registry;
  readonly clock: Pick<Clock, 'epochMs'>;
}

/** Creates the report of a receiver from data in memory, without sending a request to the store. */
export function createReceiverReport(
  config: ShownConfig,
  state: ReportedState,
  parts: ProcessParts,
): () => Promise<ReceiverReport> {
  const { gate, store, certificate } = state;
  const { refusals, history } = state.deliveries;
  const { registry, clock } = parts;
  const reportProcess = createProcessReport(parts);
  const topicNames = new Set(config.allTopics.flatMap(({ events, deadLetter }) => [events, deadLetter]));
  const dataDir = config.store.kind === 'journal' ? config.store.dataDir : undefined;
  const journalDisk = createDiskReader(dataDir, clock);
  const spoolDisk = createDiskReader(config.spool?.directory, clock);

  return async () => {
    const [registrations, circuits, queued, ledger, disk, diskOfSpool] = await Promise.all([
      reportRegistrations(config.webhooks, state, parts),
      listCircuits(registry),
      readMetricSeries(registry, 'comapi_webhook_store_queue_records'),
      reportLedger(registry),
      journalDisk(),
      spoolDisk(),
    ]);
    const nowMs = clock.epochMs();
    const { outage } = store.watch;
    const status = store.sink.status?.() ?? { topics: [] };
    const since = findFirstRefusalMs(outage, registrations);
    const facts: ReceiverFacts = {
      process: 'receiver',
      ...reportProcess(),
      inFlight: { requests: gate.inFlightRequests, bytes: gate.inFlightBytes },
      refused: since === undefined ? undefined : toRetryReport(since, nowMs),
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
      refusals: refusals.groups().map(toRefusalReport),
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
async function reportLedger(registry: Registry): Promise<LedgerReport> {
  const [received, settled] = await Promise.all([
    readMetricSeries(registry, 'comapi_webhook_events_received_total'),
    readMetricSeries(registry, 'comapi_webhook_events_total'),
  ]);
  const sum = (series: typeof received) => series.reduce((total, { value }) => total + value, 0);
  return { received: sum(received), settled: sum(settled) };
}

function reportCertificate(certificate: ServerCertificate | undefined): CertificateReport | undefined {
  const expiresMs = certificate?.expiresAt();
  return (
    certificate && {
      expiresAt: expiresMs === undefined ? undefined : toIso(expiresMs),
      problem: certificate.problem(),
    }
  );
}

/** Returns the epoch milliseconds at which the outage or the oldest unresolved rejection began. */
function findFirstRefusalMs(
  outage: Outage | undefined,
  registrations: readonly RegistrationReport[],
): number | undefined {
  const lossTimes = registrations.flatMap(({ refused }) =>
    refused === undefined || refused.isOver ? [] : Date.parse(refused.since),
  );
  const all = outage === undefined ? lossTimes : [outage.since, ...lossTimes];
  return all.length === 0 ? undefined : Math.min(...all);
}

/** Prefers the store's own state, because a spool accepts deliveries while the store is down. */
function toStoreState(
  { store, notice }: SinkStatus,
  outage: Outage | undefined,
): Pick<StoreReport, 'up' | 'detail' | 'notice' | 'unavailableSince'> {
  const { up, detail } = store ?? { up: outage === undefined, detail: outage?.detail ?? '' };
  const since = outage === undefined ? undefined : toIso(outage.since);
  return { up, detail, notice, unavailableSince: since };
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

function toRefusalReport({ newest, ...group }: RefusalGroup): RefusalReport {
  return { ...group, newest: newest.map(({ webhook, epochMs }) => ({ at: toIso(epochMs), webhook })) };
}

async function reportRegistrations(
  webhooks: ShownConfig['webhooks'],
  { secrets, deliveries: { refusals, history } }: ReportedState,
  { registry, clock }: ProcessParts,
): Promise<readonly RegistrationReport[]> {
  const accepted = await readMetricSeries(registry, 'comapi_webhook_last_accepted_timestamp_seconds');
  const verifications = await readMetricSeries(registry, 'comapi_webhook_signature_verifications_total');
  const own = await readMetricSeries(registry, 'comapi_webhook_own_deliveries_total');
  const acceptedAt = new Map(accepted.map(({ labels, value }) => [labels.webhook, value]));
  const verified = new Map(
    verifications.map(({ labels: { webhook, secret, result }, value }) => [
      formatVerificationKey(webhook, secret, result),
      value,
    ]),
  );

  return webhooks.map(({ name, path }) => {
    const seconds = acceptedAt.get(name) ?? 0;
    const run = refusals.refusedRun(name);
    return {
      name,
      path,
      lastAcceptedAt: toOptionalIso(Math.round(seconds * 1_000)),
      lastTestAcceptedAt: toOptionalIso(history.lastTestAcceptedMs(name)),
      lastRejected: history.lastRejected(name),
      wronglySigned: history.wronglySigned(name),
      minutes: history.minutes(name),
      eventsPerMinute: history.eventsPerMinute(name),
      own: own
        .filter(({ labels, value }) => labels.webhook === name && labels.reason === 'ok' && value > 0)
        .map(({ labels, value }) => ({ event: String(labels.event), accepted: value })),
      secrets: listSecrets(secrets.of(name), (label) => {
        const ownVerified = verified.get(formatVerificationKey(name, label, 'own'));
        const others = verified.get(formatVerificationKey(name, label, 'ok')) ?? 0;
        const use = history.secretUse(name, label);
        return {
          verified: others + (ownVerified ?? 0),
          own: ownVerified,
          firstVerifiedAt: toOptionalIso(use?.firstMs),
          lastVerifiedAt: toOptionalIso(use?.lastMs),
        };
      }),
      refused: run && toRefusedDeliveriesReport(run, clock.epochMs()),
    };
  });
}

/** @param epochMs the time in epoch milliseconds, or 0 if the event has never occurred */
function toOptionalIso(epochMs = 0): string | undefined {
  return epochMs === 0 ? undefined : toIso(epochMs);
}

function formatVerificationKey(...labels: readonly (string | number | undefined)[]): string {
  return JSON.stringify(labels);
}

/** Names secrets by their labels, never by their values. */
function listSecrets(
  { secrets, problems }: KnownSecrets,
  count: (label: string | undefined) => Omit<SecretReport, 'label' | 'problem'>,
): SecretReport[] {
  return [
    ...secrets.map(({ label }) => ({ label, ...count(label) })),
    ...problems.map(({ label, message: problem }) => ({ label, ...count(label), problem })),
  ];
}

function toRefusedDeliveriesReport(
  { since, until, count, reason, isOver }: RejectionSeries,
  nowMs: number,
): RefusedDeliveriesReport {
  const repeatedUntil = toIso(until + longestRetryPauseMs);
  return {
    ...toRetryReport(since, nowMs),
    until: toIso(until),
    count,
    reason,
    isOver,
    repeatedBy: repeatedUntil,
  };
}

/** @param since epoch milliseconds of the first rejection */
function toRetryReport(since: number, nowMs: number): RetryReport {
  const lossStart = since + providerRetryPeriodMs;
  const secondsLeft = Math.max(0, Math.round((lossStart - nowMs) / 1_000));
  return { since: toIso(since), lossFrom: toIso(lossStart), secondsLeft };
}
