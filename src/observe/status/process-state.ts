import { hostname } from 'node:os';
import type { Registry } from 'prom-client';
import type { Clock } from '../../runtime/clock.ts';
import { formatDuration, toIso } from '../../runtime/format.ts';
import { version } from '../../runtime/version.ts';
import type { Health } from '../health.ts';
import type { Headline, HeadlineReport, ProcessReport, Tone } from './status-report.ts';

export interface StateText {
  /** One sentence about the problem and the time when it began. */
  readonly text: string;
  readonly nextStep?: string | undefined;
}

/** The alert that fires for a state, or the reason why no alert fires. */
export type StateAlert =
  | { readonly alert: string; readonly runbook: string }
  | { readonly noAlert: string; readonly runbook?: string };

export type ProcessState<Facts> = StateAlert & {
  readonly id: string;
  readonly tone: Tone;
  /** Describes the state, or returns `false` if the process is not in this state. */
  readonly find: (facts: Facts) => StateText | false;
};

/** Lists all states that apply, starting with the most severe. The last state of the table always applies. */
export function findStates<Facts>(states: readonly ProcessState<Facts>[], facts: Facts): HeadlineReport {
  const statesAndAlerts = states.flatMap((state) => {
    const stateText = state.find(facts);
    const alert = 'alert' in state ? state.alert : undefined;
    const { id, tone, runbook } = state;
    return stateText === false ? [] : [{ id, tone, ...stateText, alert, runbook } satisfies Headline];
  });
  const [headline, ...others] = statesAndAlerts as [Headline, ...Headline[]];
  return { headline, otherProblems: others.filter(({ tone }) => tone !== 'good') };
}

/** Formats a duration as `for 17 min (since 10:00 UTC)`. After more than a day, the date is included. */
export function describeSince(since: string, { at }: Pick<ProcessReport, 'at'>): string {
  const ms = Math.max(0, Date.parse(at) - Date.parse(since));
  return `for ${formatDuration(ms)} (since ${formatTime(since, at)})`;
}

/** Formats a time of day. The date is included if the time is more than a day from the report. */
export function formatTime(iso: string, at: string): string {
  const isRecent = Math.abs(Date.parse(at) - Date.parse(iso)) < 86_400_000;
  return `${isRecent ? iso.slice(11, 16) : iso.slice(0, 16).replace('T', ' ')} UTC`;
}

export function isDraining({ checks }: Pick<ProcessReport, 'checks'>): boolean {
  return checks.some(({ name, ok }) => name === 'lifecycle' && !ok);
}

/** Describes each failed check in one sentence. */
export function describeFailedChecks({ checks }: Pick<ProcessReport, 'checks'>): string {
  return checks
    .filter(({ ok }) => !ok)
    .map(({ name, detail }) =>
      ensureFullStop(`The check ${name} reports: ${detail === '' ? 'not ok' : detail}`),
    )
    .join(' ');
}

/** Turns a text from another source into a sentence that ends with a full stop. */
export function ensureFullStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

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
export async function readMetricSeries(registry: Registry, name: string) {
  return (await registry.getSingleMetric(name)?.get())?.values ?? [];
}
