import { systemClock } from '../../runtime/clock.ts';
import type { EventFates, Fate } from './event-fates.ts';
import type { EventSource } from './event-source.ts';
import type { LossReason, PostResult } from './judge-answer.ts';
import { createLatencyHistogram } from './latency-histogram.ts';
import type { Ledger } from './ledger.ts';
import type { SimulationReport } from './simulation-report.ts';

/** One delivery on its way to being accepted or lost. */
export interface DeliveryJob {
  readonly first: number;
  readonly count: number;
  attempts: number;
  /** When the provider would send this attempt, from the start of the run. */
  intendedMs: number;
  /** `undefined` before the first answer. */
  lastResult?: PostResult;
}

export interface SimulationProgress {
  readonly elapsedMs: number;
  readonly sent: number;
  readonly accepted: number;
  readonly lost: number;
}

export interface TallyDeps {
  readonly source: EventSource;
  readonly fates: EventFates;
  readonly ledger?: Ledger | undefined;
}

/** Counts what happens in a run. */
export interface SimulationTally {
  begin(job: DeliveryJob): void;
  attempt(job: DeliveryJob): void;
  answer(job: DeliveryJob, result: PostResult, nowMs: number): void;
  settle(job: DeliveryJob, fate: Fate, reason?: LossReason): void;
  progress(nowMs: number): SimulationProgress;
  report(): SimulationReport;
}

export function createSimulationTally({ source, fates, ledger }: TallyDeps): SimulationTally {
  const latency = createLatencyHistogram();
  const lostBy = new Map<LossReason, number>();
  const results = new Map<PostResult, number>();
  const counts = { sent: 0, accepted: 0, lost: 0, unfinished: 0, retried: 0, deliveries: 0, attempts: 0 };
  let lastAnswerMs = 0;

  return {
    begin({ count }) {
      counts.deliveries += 1;
      counts.sent += count;
    },
    attempt(job) {
      job.attempts += 1;
      counts.attempts += 1;
      if (job.attempts === 2) {
        counts.retried += job.count;
      }
    },
    answer(job, result, nowMs) {
      job.lastResult = result;
      results.set(result, (results.get(result) ?? 0) + 1);
      lastAnswerMs = nowMs;
      if (typeof result === 'number') {
        latency.add(nowMs - job.intendedMs);
      }
    },
    settle({ first, count, attempts, lastResult = 'unreachable' }, fate, reason) {
      counts[fate] += count;
      if (reason !== undefined) {
        lostBy.set(reason, (lostBy.get(reason) ?? 0) + count);
      }
      const settledAt = systemClock.epochMs();
      for (let slot = first; slot < first + count; slot += 1) {
        const event = source.at(slot);
        fates.set(event.slot, fate);
        ledger?.write({ event, fate, ...(reason && { reason }), attempts, lastResult, settledAt });
      }
    },
    progress: (elapsedMs) => ({ elapsedMs, sent: counts.sent, accepted: counts.accepted, lost: counts.lost }),
    report() {
      const { sent: events, ...rest } = counts;
      return {
        seed: source.seed,
        events,
        ...rest,
        lostBy: Object.fromEntries(lostBy),
        results: Object.fromEntries(results),
        durationMs: Math.round(lastAnswerMs),
        acceptedPerSecond: lastAnswerMs === 0 ? 0 : Math.round((counts.accepted * 1_000) / lastAnswerMs),
        latencyMs: latency.report(),
      };
    },
  };
}
