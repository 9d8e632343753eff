import { hostname } from 'node:os';
import type { Registry } from 'prom-client';
import type { Clock } from '../../runtime/clock.ts';
import { toIso } from '../../runtime/format.ts';
import { version } from '../../runtime/version.ts';
import type { Health } from '../health.ts';
import type { ProcessReport } from './status-report.ts';

interface ProcessReportDeps {
  readonly health: Pick<Health, 'readiness'>;
  readonly clock: Pick<Clock, 'epochMs'>;
}

export function createProcessReport({ health, clock }: ProcessReportDeps): () => ProcessReport {
  const startedAt = toIso(clock.epochMs());
  return () => {
    const { ready, checks } = health.readiness();
    return { version, host: hostname(), startedAt, at: toIso(clock.epochMs()), ready, checks };
  };
}

/** Reads the series of a metric. Returns an empty list if this process does not have the metric. */
export async function readSeries(registry: Registry, name: string) {
  return (await registry.getSingleMetric(name)?.get())?.values ?? [];
}
