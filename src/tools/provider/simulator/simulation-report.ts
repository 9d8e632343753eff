import { closeSync, openSync, writeFileSync } from 'node:fs';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { systemClock } from '../../../runtime/clock.ts';
import { formatCount } from '../../../runtime/format.ts';
import type { EventSource, SimulatedEvent } from './event-source.ts';
import type { LossReason, PostResult } from './post-delivery.ts';

/** The result of a simulation. Counts of events include repeated events. */
export interface SimulationReport {
  readonly seed: number;
  readonly events: number;
  readonly accepted: number;
  /** Events whose delivery was attempted more than once. */
  readonly retried: number;
  readonly lost: number;
  readonly lostBy: Readonly<Partial<Record<LossReason, number>>>;
  /** Events that were waiting for a retry when the run was stopped. */
  readonly unfinished: number;
  readonly deliveries: number;
  readonly attempts: number;
  /** Number of attempts by HTTP status, or by the reason why there was no response. */
  readonly results: Readonly<Record<string, number>>;
  readonly durationMs: number;
  readonly acceptedPerSecond: number;
  /** Latency from the scheduled send time to the end of the response, including the wait for a connection. */
  readonly latencyMs: LatencyReport;
}

export function formatSimulationReport(report: SimulationReport): string {
  const { latencyMs: latency } = report;
  const lossesByReason = Object.entries(report.lostBy).map(([reason, count]) => `${count} ${reason}`);
  const results = Object.entries(report.results).map(([result, count]) => `${count} × ${result}`);
  const lines: readonly (readonly [string, string])[] = [
    ['seed', String(report.seed)],
    [
      'events',
      `${report.events} in ${formatCount(report.deliveries, 'delivery', 'deliveries')}, ${formatCount(report.attempts, 'attempt')}`,
    ],
    ['accepted', `${report.accepted} (${report.acceptedPerSecond}/s over ${report.durationMs / 1_000} s)`],
    ['retried', String(report.retried)],
    ['lost', `${report.lost}${lossesByReason.length === 0 ? '' : ` (${lossesByReason.join(', ')})`}`],
    ...(report.unfinished > 0 ? [['unfinished', String(report.unfinished)] as const] : []),
    ['answers', results.join(', ')],
    [
      'latency',
      `p50 ${latency.p50} ms, p90 ${latency.p90} ms, p99 ${latency.p99} ms, p99.9 ${latency.p999} ms, max ${latency.max} ms`,
    ],
  ];
  return lines.map(([label, text]) => `${label.padEnd(11)}${text}\n`).join('');
}

/** A delivery that is not yet settled. */
export interface DeliveryJob {
  /** Numbers of the events in the delivery. */
  readonly slots: readonly number[];
  attempts: number;
  /** Scheduled time of this attempt, relative to the start of the run. */
  intendedMs: number;
  /** Result of the last attempt. Absent before the first result. */
  lastResult?: PostResult;
}

/** The outcome of an event of a run. */
export type EventOutcome = 'unfinished' | 'accepted' | 'lost';

export interface SettledEvent {
  readonly event: SimulatedEvent;
  readonly fate: EventOutcome;
  readonly reason?: LossReason;
  readonly attempts: number;
  readonly lastResult: PostResult;
  /** Epoch milliseconds. */
  readonly settledAt: number;
}

/**
 * A file with one JSON line for each event. Each line is written as soon as the outcome is known, so a crash does not
 * lose lines.
 */
export class Ledger {
  readonly #descriptor: number;

  /** @throws {Error} if the file cannot be opened */
  constructor(file: string) {
    this.#descriptor = openSync(file, 'w', 0o640);
  }

  write({ event: { eventId, name, revision }, settledAt, ...rest }: SettledEvent): void {
    const line = { eventId, name, revision, ...rest, settledAt: new Date(settledAt).toISOString() };
    writeFileSync(this.#descriptor, `${JSON.stringify(line)}\n`);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

export class SimulationTally {
  readonly #source: EventSource;
  readonly #ledger: Pick<Ledger, 'write'> | undefined;
  /** Latencies in whole microseconds, at least 1. Percentiles are accurate to three digits. */
  readonly #latency = createHistogram();
  #maxLatencyMs = 0;
  readonly #lostBy = new Map<LossReason, number>();
  readonly #results = new Map<PostResult, number>();
  readonly #counts = {
    sent: 0,
    accepted: 0,
    lost: 0,
    unfinished: 0,
    retried: 0,
    deliveries: 0,
    attempts: 0,
  };
  #lastAnswerMs = 0;

  constructor(source: EventSource, ledger: Pick<Ledger, 'write'> | undefined) {
    this.#source = source;
    this.#ledger = ledger;
  }

  begin({ slots }: DeliveryJob): void {
    this.#counts.deliveries += 1;
    this.#counts.sent += slots.length;
  }

  attempt(job: DeliveryJob): void {
    job.attempts += 1;
    this.#counts.attempts += 1;
    if (job.attempts === 2) {
      this.#counts.retried += job.slots.length;
    }
  }

  answer(job: DeliveryJob, result: PostResult, nowMs: number): void {
    job.lastResult = result;
    this.#results.set(result, (this.#results.get(result) ?? 0) + 1);
    this.#lastAnswerMs = nowMs;
    if (typeof result === 'number') {
      const latencyMs = nowMs - job.intendedMs;
      this.#latency.record(Math.max(1, Math.round(latencyMs * 1_000)));
      this.#maxLatencyMs = Math.max(this.#maxLatencyMs, latencyMs);
    }
  }

  settle(
    { slots, attempts, lastResult = 'unreachable' }: DeliveryJob,
    fate: EventOutcome,
    reason?: LossReason,
  ): void {
    const count = slots.length;
    this.#counts[fate] += count;
    if (reason !== undefined) {
      this.#lostBy.set(reason, (this.#lostBy.get(reason) ?? 0) + count);
    }
    const settledAt = systemClock.epochMs();
    for (const slot of slots) {
      const event = this.#source.at(slot);
      this.#ledger?.write({ event, fate, ...(reason && { reason }), attempts, lastResult, settledAt });
    }
  }

  get counts(): Readonly<Record<'sent' | 'accepted' | 'lost', number>> {
    return this.#counts;
  }

  report(): SimulationReport {
    const { sent: events, ...rest } = this.#counts;
    const ms = this.#lastAnswerMs;
    return {
      seed: this.#source.seed,
      events,
      ...rest,
      lostBy: Object.fromEntries(this.#lostBy),
      results: Object.fromEntries(this.#results),
      durationMs: Math.round(ms),
      acceptedPerSecond: ms === 0 ? 0 : Math.round((rest.accepted * 1_000) / ms),
      latencyMs: reportLatency(this.#latency, this.#maxLatencyMs),
    };
  }
}

/** Percentiles in milliseconds. */
interface LatencyReport {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** @param histogram latencies in whole microseconds */
function reportLatency(histogram: RecordableHistogram, maxMs: number): LatencyReport {
  const readPercentileMs = (percent: number) =>
    histogram.count === 0 ? 0 : roundMilliseconds(Math.min(maxMs, histogram.percentile(percent) / 1_000));
  return {
    p50: readPercentileMs(50),
    p90: readPercentileMs(90),
    p99: readPercentileMs(99),
    p999: readPercentileMs(99.9),
    max: roundMilliseconds(maxMs),
  };
}

function roundMilliseconds(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
