import type { LossReason } from './judge-answer.ts';
import type { LatencyReport } from './latency-histogram.ts';

/** The result of a simulation. Counts of events include repeats. */
export interface SimulationReport {
  readonly seed: number;
  readonly events: number;
  readonly accepted: number;
  /** Events whose delivery was tried more than once. */
  readonly retried: number;
  readonly lost: number;
  readonly lostBy: Readonly<Partial<Record<LossReason, number>>>;
  /** Events that were still waiting for a retry when the run was stopped. */
  readonly unfinished: number;
  readonly deliveries: number;
  readonly attempts: number;
  /** Attempts by HTTP status, or by why there was none. */
  readonly results: Readonly<Record<string, number>>;
  readonly durationMs: number;
  readonly acceptedPerSecond: number;
  /** From the time at which the provider would send to the end of the answer: waiting for a connection counts. */
  readonly latencyMs: LatencyReport;
}

export function formatSimulationReport(report: SimulationReport): string {
  const { latencyMs: latency } = report;
  const lostBy = Object.entries(report.lostBy).map(([reason, count]) => `${count} ${reason}`);
  const results = Object.entries(report.results).map(([result, count]) => `${count} × ${result}`);
  const lines: readonly (readonly [string, string])[] = [
    ['seed', String(report.seed)],
    ['events', `${report.events} in ${report.deliveries} deliveries, ${report.attempts} attempts`],
    ['accepted', `${report.accepted} (${report.acceptedPerSecond}/s over ${report.durationMs / 1_000} s)`],
    ['retried', String(report.retried)],
    ['lost', `${report.lost}${lostBy.length === 0 ? '' : ` (${lostBy.join(', ')})`}`],
    ...(report.unfinished > 0 ? [['unfinished', String(report.unfinished)] as const] : []),
    ['answers', results.join(', ')],
    [
      'latency',
      `p50 ${latency.p50} ms, p90 ${latency.p90} ms, p99 ${latency.p99} ms, p99.9 ${latency.p999} ms, max ${latency.max} ms`,
    ],
  ];
  return lines.map(([label, text]) => `${label.padEnd(11)}${text}\n`).join('');
}
