/** Consecutive events of a run that are sent together. */
interface PlannedDelivery {
  readonly first: number;
  readonly count: number;
  /** Milliseconds from the start of the run at which the provider would send it. */
  readonly readyMs: number;
}

export interface DeliveryPlanOptions {
  /** Events per second at an even pace; `undefined`: whatever the receiver takes. */
  readonly rate?: number | undefined;
  /** `undefined`: one event in each delivery, as an object. */
  readonly batchSize?: number | undefined;
  /** How long a batch waits to be filled. */
  readonly batchTimeoutMs: number;
  /** Total of events. */
  readonly count: number;
  /** No event occurs later than this after the start. */
  readonly durationMs: number;
}

/**
 * Events occur at a constant pace whatever the receiver does (an open loop). A batch is sent when it is full or times out.
 * Times count from the start of the run.
 */
export class DeliveryPlan {
  readonly #options: DeliveryPlanOptions;
  readonly #total: number;
  #first = 0;

  constructor(options: DeliveryPlanOptions) {
    const { rate, count, durationMs } = options;
    this.#options = options;
    this.#total = rate === undefined ? count : Math.min(count, Math.ceil((durationMs / 1_000) * rate));
  }

  /** The next delivery, if it is due by then. */
  take(elapsedMs: number): PlannedDelivery | undefined {
    const next = this.#planNext(elapsedMs);
    if (next === undefined || next.readyMs > elapsedMs) {
      return undefined;
    }
    this.#first += next.count;
    return next;
  }

  /** When the next one is due; `undefined` after the last one. */
  nextMs(elapsedMs: number): number | undefined {
    return this.#planNext(elapsedMs)?.readyMs;
  }

  #planNext(elapsedMs: number): PlannedDelivery | undefined {
    const { rate, batchSize = 1, batchTimeoutMs, durationMs } = this.#options;
    const first = this.#first;
    const left = this.#total - first;
    if (left <= 0 || (rate === undefined && elapsedMs >= durationMs)) {
      return undefined;
    }
    const full = Math.min(batchSize, left);
    if (rate === undefined) {
      return { first, count: full, readyMs: elapsedMs };
    }
    const occursMs = (slot: number) => (slot * 1_000) / rate;
    const fullMs = occursMs(first + full - 1);
    const timeoutMs = occursMs(first) + batchTimeoutMs;
    if (fullMs <= timeoutMs) {
      return { first, count: full, readyMs: fullMs };
    }
    const occurred = Math.floor((timeoutMs / 1_000) * rate) + 1 - first;
    return { first, count: Math.max(1, Math.min(full, occurred)), readyMs: timeoutMs };
  }
}
