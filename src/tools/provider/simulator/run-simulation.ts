import { DeliveryPlan, type DeliveryPlanOptions } from './delivery-plan.ts';
import { createDeliveryBody, type EventSource } from './event-source.ts';
import { classifyResponse, type PostResult, retryDelayMs } from './post-delivery.ts';
import type { DeliveryJob, SimulationTally } from './simulation-report.ts';

export interface SimulationOptions extends DeliveryPlanOptions {
  /** Maximum number of deliveries in flight. */
  readonly concurrency: number;
  /** Factor by which the retry schedule is faster than the provider's schedule. */
  readonly timeScale: number;
}

export interface SimulationDeps {
  readonly source: EventSource;
  /** Posts a body. Never rejects. */
  readonly post: (body: Buffer) => Promise<PostResult>;
  readonly tally: SimulationTally;
  /**
   * Signal that stops the run. No further deliveries are sent, and deliveries that wait for a retry count as
   * unfinished.
   */
  readonly stop: AbortSignal;
}

/** Sends and retries events as the provider does, until each event is accepted or lost, or the run is stopped. */
export function runSimulation(options: SimulationOptions, deps: SimulationDeps): Promise<void> {
  const { source, post, tally, stop } = deps;
  const { batchSize, concurrency, timeScale } = options;
  const plan = new DeliveryPlan(options);
  const retryTimers = new Map<DeliveryJob, NodeJS.Timeout>();
  const dueRetries: DeliveryJob[] = [];
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let inFlightCount = 0;
  let timer: NodeJS.Timeout | undefined;

  function startNextDelivery(nowMs: number): DeliveryJob | undefined {
    const nextDelivery = plan.take(nowMs);
    if (nextDelivery === undefined) {
      return undefined;
    }
    const { first, count, readyMs } = nextDelivery;
    const job = {
      slots: Array.from({ length: count }, (_, index) => first + index),
      attempts: 0,
      intendedMs: readyMs,
    };
    tally.begin(job);
    return job;
  }

  async function attempt(job: DeliveryJob): Promise<void> {
    inFlightCount += 1;
    tally.attempt(job);
    const result = await post(createDeliveryBody(source, job.slots, batchSize !== undefined));
    inFlightCount -= 1;
    settleOrRetry(job, result);
    sendDueDeliveries();
  }

  function settleOrRetry(job: DeliveryJob, result: PostResult): void {
    const nowMs = elapsedMs();
    tally.answer(job, result, nowMs);
    const response = classifyResponse(result);
    if (response === 'accepted') {
      tally.settle(job, 'accepted');
      return;
    }
    const delayMs = response === 'retry' ? retryDelayMs(job.attempts, timeScale) : undefined;
    if (delayMs === undefined) {
      tally.settle(job, 'lost', response === 'retry' ? 'retries_exhausted' : response);
    } else if (stop.aborted) {
      tally.settle(job, 'unfinished');
    } else {
      job.intendedMs = nowMs + delayMs;
      retryTimers.set(
        job,
        setTimeout(() => retry(job), delayMs),
      );
    }
  }

  function retry(job: DeliveryJob): void {
    retryTimers.delete(job);
    dueRetries.push(job);
    sendDueDeliveries();
  }

  /** Sends all deliveries that are due, and schedules the next call. */
  function sendDueDeliveries(): void {
    clearTimeout(timer);
    const nowMs = elapsedMs();
    while (!stop.aborted && inFlightCount < concurrency) {
      const job = dueRetries.shift() ?? startNextDelivery(nowMs);
      if (job === undefined) {
        break;
      }
      attempt(job).catch(reject);
    }
    const nextMs = stop.aborted ? undefined : plan.nextMs(nowMs);
    if (inFlightCount + retryTimers.size + dueRetries.length === 0 && nextMs === undefined) {
      stop.removeEventListener('abort', abandonRemainingJobs);
      resolve();
    } else if (inFlightCount < concurrency && nextMs !== undefined) {
      timer = setTimeout(sendDueDeliveries, Math.max(0, nextMs - nowMs));
    }
  }

  function abandonRemainingJobs(): void {
    retryTimers.forEach(clearTimeout);
    for (const job of [...dueRetries.splice(0), ...retryTimers.keys()]) {
      tally.settle(job, 'unfinished');
    }
    retryTimers.clear();
    sendDueDeliveries();
  }

  stop.addEventListener('abort', abandonRemainingJobs);
  sendDueDeliveries();
  return promise;
}
