import { createDeliveryPlan } from './delivery-plan.ts';
import { createDueQueue } from './due-queue.ts';
import { toDeliveryBody } from './event-source.ts';
import { judgeAnswer, type PostResult } from './judge-answer.ts';
import type { Poster } from './poster.ts';
import { retryDelayMs } from './retry-schedule.ts';
import type { SimulationReport } from './simulation-report.ts';
import {
  createSimulationTally,
  type DeliveryJob,
  type SimulationProgress,
  type TallyDeps,
} from './simulation-tally.ts';

export interface SimulationOptions {
  /** Events in all; may be infinite when `durationMs` is not. */
  readonly count: number;
  readonly durationMs: number;
  /** Events per second; `undefined`: whatever the receiver takes. */
  readonly rate?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly batchTimeoutMs: number;
  /** Deliveries under way at once. */
  readonly concurrency: number;
  /** The retry schedule runs so many times faster than the provider's. */
  readonly timeScale: number;
}

export interface SimulationDeps extends TallyDeps {
  readonly poster: Poster;
  /** Ends the run: nothing new is sent, what waits for a retry is unfinished. */
  readonly stop: AbortSignal;
  /** Given once, at the start: how to ask for the progress. */
  readonly observe: (progress: () => SimulationProgress) => void;
}

/** Behaves as the provider does, until each event is accepted or lost. */
export function runSimulation(options: SimulationOptions, deps: SimulationDeps): Promise<SimulationReport> {
  const { source, poster, stop } = deps;
  const { batchSize, concurrency, timeScale } = options;
  const plan = createDeliveryPlan(options);
  const retries = createDueQueue<DeliveryJob>();
  const tally = createSimulationTally(deps);
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  let inFlight = 0;
  let timer: NodeJS.Timeout | undefined;

  deps.observe(() => tally.progress(elapsed()));

  function takeJob(nowMs: number): DeliveryJob | undefined {
    const retry = retries.takeDue(nowMs);
    if (retry !== undefined) {
      return retry;
    }
    const next = plan.take(nowMs);
    if (next === undefined) {
      return undefined;
    }
    const job = { first: next.first, count: next.count, attempts: 0, intendedMs: next.readyMs };
    tally.begin(job);
    return job;
  }

  function judge(job: DeliveryJob, result: PostResult): void {
    const nowMs = elapsed();
    tally.answer(job, result, nowMs);
    const verdict = judgeAnswer(result);
    if (verdict === 'accepted') {
      tally.settle(job, 'accepted');
      return;
    }
    const delayMs = verdict === 'retry' ? retryDelayMs(job.attempts, timeScale) : undefined;
    if (delayMs === undefined) {
      tally.settle(job, 'lost', verdict === 'retry' ? 'retries_exhausted' : verdict);
    } else if (stop.aborted) {
      tally.settle(job, 'unfinished');
    } else {
      job.intendedMs = nowMs + delayMs;
      retries.add(job.intendedMs, job);
    }
  }

  return new Promise((resolve, reject) => {
    async function attempt(job: DeliveryJob): Promise<void> {
      inFlight += 1;
      tally.attempt(job);
      const result = await poster.post(toDeliveryBody(source, job, batchSize !== undefined));
      inFlight -= 1;
      judge(job, result);
      pump();
    }

    function pump(): void {
      clearTimeout(timer);
      const nowMs = elapsed();
      if (stop.aborted) {
        abandonRetries();
      }
      while (!stop.aborted && inFlight < concurrency) {
        const job = takeJob(nowMs);
        if (job === undefined) {
          break;
        }
        attempt(job).catch(reject);
      }
      const nextMs = stop.aborted ? undefined : plan.nextMs(nowMs);
      const dueMs = Math.min(retries.nextMs() ?? Infinity, nextMs ?? Infinity);
      if (inFlight === 0 && dueMs === Infinity) {
        stop.removeEventListener('abort', pump);
        resolve(tally.report());
      } else if (inFlight < concurrency && dueMs < Infinity) {
        timer = setTimeout(pump, Math.max(0, dueMs - nowMs));
      }
    }

    function abandonRetries(): void {
      for (let job = retries.takeDue(Infinity); job !== undefined; job = retries.takeDue(Infinity)) {
        tally.settle(job, 'unfinished');
      }
    }

    stop.addEventListener('abort', pump);
    pump();
  });
}
