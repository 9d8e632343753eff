import type { Delivery, Outcome } from './delivery.ts';
import type { RecordPlan } from './plan-records.ts';

/**
 * Observes the deliveries of a receiver. No method throws, because a failing observer must not cause a delivery to be
 * rejected.
 */
export interface Observers {
  /** Called before any other processing of a delivery. Starts its trace. */
  observeStart(delivery: Delivery): void;
  /** Called for each verified body before its events are stored. Counts the events, which are one side of the ledger. */
  observeEvents(plan: RecordPlan): void;
  /** Called for every delivery once the response is determined. */
  observeAnswer(outcome: Outcome, answer: DeliveryResponse): void;
  /** Called for every request that has a well-formed signature but is not a delivery, such as one to a wrong path. */
  observeMisdirected(): void;
}

/** The response to a delivery. */
export interface DeliveryResponse {
  readonly webhook: string;
  readonly delivery: Delivery;
  readonly status: number;
  /** Upper bound of the time from the first byte of the request to the response. */
  readonly durationMs: number;
}
