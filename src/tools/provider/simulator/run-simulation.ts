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
  /** Total of events; may be infinite when `durationMs` is not. */
  readonly count: number;
  readonly durationMs: number;
  /** Events per second; `undefined`: whatever the receiver takes. */
  readonly rate?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly batchTimeoutMs: number;
  /** Deliveries in flight at most. */
  readonly concurrency: number;
  /** How many times faster than the provider's the retry schedule is. */
  readonly timeScale: number;
}

export interface SimulationDeps extends TallyDeps {
  readonly poster: Poster;
  /** Ends the run: nothing more is sent. A delivery that waits for a retry is unfinished. */
  readonly stop: AbortSignal;
  /** Called once, at the start, with a function that reads the progress. */
  readonly observe: (progress: () => SimulationProgress) => void;
}

/** Behaves as the provider does, until each event is accepted or lost. */
export function runSimulation(options: SimulationOptions, deps: SimulationDeps): Promise<SimulationReport> {
  const { source, poster, stop } = deps;
  const { batchSize, concurrency, timeScale } = options;
  const plan = new DeliveryPlan(options);
  const tally = new SimulationTally(deps);
  const retries = new RetryQueue<DeliveryJob>(pump);
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  const { promise, resolve, reject } = Promise.withResolvers<SimulationReport>();
  let inFlight = 0;
  let timer: NodeJS.Timeout | undefined;

  function takeNew(nowMs: number): DeliveryJob | undefined {
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
    judge(job, result);
    pump();
  }

  function judge(job: DeliveryJob, result: PostResult): void {
    const nowMs = elapsed();
    tally.answer(job, result, nowMs);
    const verdict = classifyResponse(result);
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
      retries.add(job, delayMs);
    }
  }

  /** Sends what can be sent now, and comes back when the next delivery is ready. */
  function pump(): void {
    clearTimeout(timer);
    const nowMs = elapsed();
    while (!stop.aborted && inFlight < concurrency) {
      const job = retries.take() ?? takeNew(nowMs);
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
      timer = setTimeout(pump, Math.max(0, nextMs - nowMs));
    }
  }

  function abandon(): void {
    for (const job of retries.drain()) {
      tally.settle(job, 'unfinished');
    }
    pump();
  }

  deps.observe(() => tally.progress(elapsed()));
  stop.addEventListener('abort', abandon);
  pump();
  return promise;
}

/** Items that wait for their time. Those whose time has come are taken in that order. */
export class RetryQueue<T> {
  readonly #onDue: () => void;
  readonly #waiting = new Map<T, NodeJS.Timeout>();
  #due: T[] = [];

  /** @param onDue called each time that an item can be taken */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#waiting.size + this.#due.length;
  }

  add(item: T, delayMs: number): void {
    const becomeDue = () => {
      this.#waiting.delete(item);
      this.#due.push(item);
      this.#onDue();
    };
    this.#waiting.set(item, setTimeout(becomeDue, delayMs));
  }

  /** `undefined` while no time has come. */
  take(): T | undefined {
    return this.#due.shift();
  }

  /** Takes every item, whether its time has come or not. */
  drain(): readonly T[] {
    this.#waiting.forEach(clearTimeout);
    const items = [...this.#due, ...this.#waiting.keys()];
    this.#due = [];
    this.#waiting.clear();
    return items;
  }
}
