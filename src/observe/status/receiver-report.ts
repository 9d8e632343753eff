import type { Registry } from 'prom-client';
import type { Sink, SinkStatus } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import { toIso } from '../../runtime/format.ts';
import type { AdmissionGate } from '../../webhook/admission-gate.ts';
import type { KnownSecrets } from '../../webhook/secret.ts';
import type { Health } from '../health.ts';
import type { SecretWatch } from '../secret-watch.ts';
import type { Outage, SinkWatch } from '../sink-watch.ts';
import { decideReceiverHeadline } from './headline.ts';
import { createProcessReport, readSeries } from './process-report.ts';
import {
  longestRetryPauseMs,
  type RefusalGroup,
  type RefusalLog,
  type RefusedRun,
  retriedForMs,
} from './refusal-log.ts';
import type {
  ReceiverReport,
  RefusalReport,
  RefusedDeliveriesReport,
  RegistrationReport,
  RetryReport,
  SecretReport,
  StoreReport,
} from './status-report.ts';

export interface ReceiverReportDeps extends RegistrationReportDeps {
  /** Where records may go. */
  readonly topics: readonly { readonly events: string; readonly deadLetter: string }[];
  readonly storeKind: string;
  readonly sink: Pick<Sink, 'status'>;
  readonly sinkWatch: Pick<SinkWatch, 'outage'>;
  readonly gate: Pick<AdmissionGate, 'inFlightRequests' | 'inFlightBytes'>;
  readonly refusals: Pick<RefusalLog, 'groups' | 'refusedRun'>;
  readonly health: Pick<Health, 'readiness'>;
  readonly clock: Pick<Clock, 'epochMs'>;
}

/** Reports what the receiver holds and has counted. No store is asked. */
export function createReceiverReport(deps: ReceiverReportDeps): () => Promise<ReceiverReport> {
  const { topics, storeKind, sink, sinkWatch, gate, refusals, clock } = deps;
  const reportProcess = createProcessReport(deps);
  const topicNames = new Set(topics.flatMap(({ events, deadLetter }) => [events, deadLetter]));

  return async () => {
    const nowMs = clock.epochMs();
    const registrations = await reportRegistrations(deps, nowMs);
    const { outage } = sinkWatch;
    const status = sink.status?.() ?? { topics: [] };
    const since = findRefusedSince(outage, registrations);
    const report: Omit<ReceiverReport, 'headline'> = {
      process: 'receiver',
      ...reportProcess(),
      inFlight: { requests: gate.inFlightRequests, bytes: gate.inFlightBytes },
      refused: since === undefined ? undefined : toRetry(since, nowMs),
      registrations,
      store: { kind: storeKind, ...toStoreState(status, outage), topics: listTopics(topicNames, status) },
      spool: status.spool,
      refusals: refusals.groups().map(toRefusal),
    };
    return { headline: decideReceiverHeadline(report), ...report };
  };
}

/** An outage counts from its beginning, also where no delivery has come since. */
function findRefusedSince(
  outage: Outage | undefined,
  registrations: readonly RegistrationReport[],
): number | undefined {
  const times = registrations.flatMap(({ refused }) =>
    refused === undefined || refused.isOver ? [] : Date.parse(refused.since),
  );
  const all = outage === undefined ? times : [outage.since, ...times];
  return all.length === 0 ? undefined : Math.min(...all);
}

/** Behind a spool a store may be down while deliveries are accepted. */
function toStoreState(
  { store, notice }: SinkStatus,
  outage: Outage | undefined,
): Omit<StoreReport, 'kind' | 'topics'> {
  const { up, detail } = store ?? { up: outage === undefined, detail: outage?.detail ?? '' };
  const since = outage === undefined ? undefined : toIso(outage.since);
  return { up, detail, notice, unavailableSince: since };
}

/** Those of the configuration, whatever the store knows of them. */
function listTopics(names: ReadonlySet<string>, { topics }: SinkStatus): StoreReport['topics'] {
  const known = new Map(topics.map((status) => [status.topic, status]));
  return Array.from(names, (topic) => {
    const { judgement, problem } = known.get(topic) ?? {};
    const findings = (judgement?.findings ?? []).map(({ message }) => message);
    return { topic, verdict: judgement?.verdict, findings, problem };
  });
}

function toRefusal({ newest, ...group }: RefusalGroup): RefusalReport {
  return { ...group, newest: newest.map(({ webhook, epochMs }) => ({ at: toIso(epochMs), webhook })) };
}

interface RegistrationReportDeps {
  readonly webhooks: readonly { readonly name: string; readonly path: string }[];
  readonly secrets: Pick<SecretWatch, 'of'>;
  readonly refusals: Pick<RefusalLog, 'refusedRun'>;
  readonly registry: Registry;
}

async function reportRegistrations(
  { webhooks, secrets, refusals, registry }: RegistrationReportDeps,
  nowMs: number,
): Promise<readonly RegistrationReport[]> {
  const accepted = await readSeries(registry, 'comapi_webhook_last_accepted_timestamp_seconds');
  const verifications = await readSeries(registry, 'comapi_webhook_signature_verifications_total');
  const own = await readSeries(registry, 'comapi_webhook_own_deliveries_total');
  const acceptedAt = new Map(accepted.map(({ labels, value }) => [labels.webhook, value]));
  const verified = new Map(
    verifications.map(({ labels: { webhook, secret, result }, value }) => [
      toKey(webhook, secret, result),
      value,
    ]),
  );

  return webhooks.map(({ name, path }) => {
    const seconds = acceptedAt.get(name) ?? 0;
    const run = refusals.refusedRun(name);
    return {
      name,
      path,
      lastAcceptedAt: seconds === 0 ? undefined : toIso(Math.round(seconds * 1_000)),
      own: own
        .filter(({ labels, value }) => labels.webhook === name && labels.reason === 'ok' && value > 0)
        .map(({ labels, value }) => ({ event: String(labels.event), accepted: value })),
      secrets: listSecrets(secrets.of(name), (label) => {
        const ownVerified = verified.get(toKey(name, label, 'own'));
        const others = verified.get(toKey(name, label, 'ok')) ?? 0;
        return { verified: others + (ownVerified ?? 0), own: ownVerified };
      }),
      refused: run && toRefused(run, nowMs),
    };
  });
}

function toKey(...labels: readonly (string | number | undefined)[]): string {
  return JSON.stringify(labels);
}

/** By label, never with their values. */
function listSecrets(
  { secrets, problems }: KnownSecrets,
  count: (label: string | undefined) => Pick<SecretReport, 'verified' | 'own'>,
): SecretReport[] {
  return [
    ...secrets.map(({ label }) => ({ label, ...count(label) })),
    ...problems.map(({ label, message: problem }) => ({ label, ...count(label), problem })),
  ];
}

function toRefused({ since, until, count, isOver }: RefusedRun, nowMs: number): RefusedDeliveriesReport {
  const repeatedBy = toIso(until + longestRetryPauseMs);
  return { ...toRetry(since, nowMs), until: toIso(until), count, isOver, repeatedBy };
}

/** @param since epoch milliseconds of the first refusal */
function toRetry(since: number, nowMs: number): RetryReport {
  const lossFrom = since + retriedForMs;
  const secondsLeft = Math.max(0, Math.round((lossFrom - nowMs) / 1_000));
  return { since: toIso(since), lossFrom: toIso(lossFrom), secondsLeft };
}
