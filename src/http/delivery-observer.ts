import type { IncomingMessage } from 'node:http';
import type { Outcome } from '../webhook/delivery.ts';

export interface DecidedDelivery {
  readonly webhook: string;
  readonly status: number;
  /** From the first byte of the request to the answer. */
  readonly durationMs: number;
  /** Names the sender. */
  readonly request: Pick<IncomingMessage, 'socket' | 'headers'>;
}

/** Runs for every delivery when its answer is decided, for metrics and the log. */
export type DeliveryObserver = (outcome: Outcome, facts: DecidedDelivery) => void;
