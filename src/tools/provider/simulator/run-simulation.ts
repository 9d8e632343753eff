import { classifyResponse, type PostResult, retryDelayMs } from './classify-response.ts';
import { DeliveryPlan } from './delivery-plan.ts';
import { toDeliveryBody } from './event-source.ts';
import type { Poster } from './poster.ts';
import {
  type DeliveryJob,
  type SimulationProgress,
  type SimulationReport,
  SimulationTally,
  type TallyDeps,
} from './simulation-report.ts';

export interface SimulationOptions {
  /** Total number of events, which may be infinite if `durationMs` is finite. */
  readonly count: number;
  readonly durationMs: number;
  /** Rate in events per second. If `undefined`, events are sent as fast as the receiver accepts them. */
  readonly rate?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly batchTimeoutMs: number;
  /** Maximum number of deliveries in flight. */
  readonly concurrency: number;
  /** Factor by which the retry schedule is faster than the provider's schedule. */
  readonly timeScale: number;
}

export interface SimulationDeps extends TallyDeps {
  readonly poster: Poster;
  /**
   * Signal that stops the run. No further deliveries are sent, and deliveries that wait for a retry count as
   * unfinished.
   */
  readonly stop: AbortSignal;
  /** Callback that is called once at the start, with a function that reads the progress. */
  readonly observe: (progress: () => SimulationProgress) => void;
}

/** Sends and retries events as the provider does, until each event is accepted or lost. */
export function runSimulation(options: SimulationOptions, deps: SimulationDeps): Promise<SimulationReport> {
  const { source, poster, stop } = deps;
  const { batchSize, concurrency, timeScale } = options;
  const plan = new DeliveryPlan(options);
  const tally = new SimulationTally(deps);
  const retries = new RetryQueue<DeliveryJob>(sendDueDeliveries);
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  const { promise, resolve, reject } = Promise.withResolvers<SimulationReport>();
  let inFlight = 0;
  let timer: NodeJS.Timeout | undefined;

  function takeNewDelivery(nowMs: number): DeliveryJob | undefined {
    const next = plan.take(nowMs);
    if (next === undefined) {
      return undefined;
    }
    const { first, count, readyMs } = next;
    const job = {
      slots: Array.from({ length: count }, (_, at) => first + at),
      attempts: 0,
      intendedMs: readyMs,
    };
    tally.begin(job);
    return job;
  }

  async function attempt(job: DeliveryJob): Promise<void> {
    inFlight += 1;
    tally.attempt(job);
    const result = await poster.post(toDeliveryBody(source, job.slots, batchSize !== undefined));
    inFlight -= 1;
    settleOrRetry(job, result);
    sendDueDeliveries();
  }

  function settleOrRetry(job: DeliveryJob, result: PostResult): void {
    const nowMs = elapsed();
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
      retries.add(job, delayMs);
    }
  }

  /** Sends all deliveries that are due, and schedules the next call. */
  function sendDueDeliveries(): void {
    clearTimeout(timer);
    const nowMs = elapsed();
    while (!stop.aborted && inFlight < concurrency) {
      const job = retries.take() ?? takeNewDelivery(nowMs);
      if (job === undefined) {
        break;
      }
      attempt(job).catch(reject);
    }
    const nextMs = stop.aborted ? undefined : plan.nextMs(nowMs);
    if (inFlight + retries.size === 0 && nextMs === undefined) {
      stop.removeEventListener('abort', abandon);
      resolve(tally.report());
    } else if (inFlight < concurrency && nextMs !== undefined) {
      timer = setTimeout(sendDueDeliveries, Math.max(0, nextMs - nowMs));
    }
  }

  function abandon(): void {
    for (const job of retries.drain()) {
      tally.settle(job, 'unfinished');
    }
    sendDueDeliveries();
  }

  deps.observe(() => tally.progress(elapsed()));
  stop.addEventListener('abort', abandon);
  sendDueDeliveries();
  return promise;
}

/** A queue of items with a delay. Items are taken in the order in which they become due. */
export class RetryQueue<T> {
  readonly #onDue: () => void;
  readonly #waiting = new Map<T, NodeJS.Timeout>();
  #due: T[] = [];

  /** @param onDue callback that is called each time an item becomes due */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#waiting.size + this.#due.length;
  }

  add(item: T, delayMs: number): void {
    const onItemDue = () => {
      this.#waiting.delete(item);
      this.#due.push(item);
      this.#onDue();
    };
    this.#waiting.set(item, setTimeout(onItemDue, delayMs));
  }

  /** Takes the next due item. Returns `undefined` if no item is due. */
  take(): T | undefined {
    return this.#due.shift();
  }

  /** Takes all items, whether they are due or not. */
  drain(): readonly T[] {
    this.#waiting.forEach(clearTimeout);
    const items = [...this.#due, ...this.#waiting.keys()];
    this.#due = [];
    this.#waiting.clear();
    return items;
  }
}
