import type { IncomingMessage } from 'node:http';
import type { Outcome } from '../webhook/delivery.ts';

export interface DecidedDelivery {
  readonly webhook: string;
  readonly status: number;
  /** First byte of the request to the answer. */
  readonly durationMs: number;
  /** For who sent it. */
  readonly request: Pick<IncomingMessage, 'socket' | 'headers'>;
}

/** Told of every delivery once it is decided: for metrics and the log. */
export type DeliveryObserver = (outcome: Outcome, facts: DecidedDelivery) => void;
