import type { Sink } from '../../ports/sink.ts';
import type { SinkStatus } from '../../ports/sink-status.ts';
import type { Clock } from '../../runtime/clock.ts';
import { toIso } from '../../runtime/format.ts';
import type { AdmissionGate } from '../../webhook/admission-gate.ts';
import type { Health } from '../health.ts';
import type { Outage, SinkWatch } from '../sink-watch.ts';
import { createProcessReport } from './process-report.ts';
import type { RefusalGroup, RefusalLog } from './refusal-log.ts';
import { type RegistrationReportDeps, reportRegistrations, toRetry } from './registration-report.ts';
import type { ReceiverReport, RefusalReport, RegistrationReport, StoreReport } from './status-report.ts';

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
    return {
      process: 'receiver',
      ...reportProcess(),
      inFlight: { requests: gate.inFlightRequests, bytes: gate.inFlightBytes },
      refused: since === undefined ? undefined : toRetry(since, nowMs),
      registrations,
      store: { kind: storeKind, ...toStoreState(status, outage), topics: listTopics(topicNames, status) },
      spool: status.spool,
      refusals: refusals.groups().map(toRefusal),
    };
  };
}

/** A process that is not ready gets no deliveries, but its outage is the provider's all the same. */
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
  const since = store === undefined ? outage?.since : store.unavailableSince;
  return { up, detail, notice, unavailableSince: since === undefined ? undefined : toIso(since) };
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
