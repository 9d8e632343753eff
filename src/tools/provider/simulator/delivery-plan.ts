/** Consecutive events of a run that are sent together. */
interface PlannedDelivery {
  readonly first: number;
  readonly count: number;
  /** Time at which the provider would send the delivery, in milliseconds after the start of the run. */
  readonly readyMs: number;
}

export interface DeliveryPlanOptions {
  /** Constant rate in events per second. If `undefined`, events are sent as fast as the receiver accepts them. */
  readonly rate?: number | undefined;
  /** Number of events per batch. If `undefined`, each delivery is a single event, sent as an object. */
  readonly batchSize?: number | undefined;
  /** Maximum time that a batch waits for more events. */
  readonly batchTimeoutMs: number;
  /** Total number of events in the run. */
  readonly count: number;
  /** Time after the start at which the last event may occur. */
  readonly durationMs: number;
}

/**
 * Schedules the deliveries of a run. Events occur at a constant rate, regardless of the receiver (an open loop). A batch is sent
 * when it is full or times out. All times are measured from the start of the run.
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

  /** Removes and returns the next delivery if it is due by this time. */
  take(elapsedMs: number): PlannedDelivery | undefined {
    const nextDelivery = this.#planNext(elapsedMs);
    if (nextDelivery === undefined || nextDelivery.readyMs > elapsedMs) {
      return undefined;
    }
    this.#first += nextDelivery.count;
    return nextDelivery;
  }

  /** Returns when the next delivery is due, or `undefined` after the last one. */
  nextMs(elapsedMs: number): number | undefined {
    return this.#planNext(elapsedMs)?.readyMs;
  }

  #planNext(elapsedMs: number): PlannedDelivery | undefined {
    const { rate, batchSize = 1, batchTimeoutMs, durationMs } = this.#options;
    const firstSlot = this.#first;
    const slotsLeft = this.#total - firstSlot;
    if (slotsLeft <= 0 || (rate === undefined && elapsedMs >= durationMs)) {
      return undefined;
    }
    const fullBatchSize = Math.min(batchSize, slotsLeft);
    if (rate === undefined) {
      return { first: firstSlot, count: fullBatchSize, readyMs: elapsedMs };
    }
    const slotTimeMs = (slot: number) => (slot * 1_000) / rate;
    const batchFullMs = slotTimeMs(firstSlot + fullBatchSize - 1);
    const timeoutMs = slotTimeMs(firstSlot) + batchTimeoutMs;
    if (batchFullMs <= timeoutMs) {
      return { first: firstSlot, count: fullBatchSize, readyMs: batchFullMs };
    }
    const dueEventCount = Math.floor((timeoutMs / 1_000) * rate) + 1 - firstSlot;
    return {
      first: firstSlot,
      count: Math.max(1, Math.min(fullBatchSize, dueEventCount)),
      readyMs: timeoutMs,
    };
  }
}
