import type { SentEvent } from './event-factory.ts';
import type { Outcome } from './post-webhook.ts';

export interface SentRequest {
  readonly kind: 'single' | 'batch' | 'waiting' | 'forged';
  readonly events: readonly SentEvent[];
  /** Elements of the batch that are not events, as text. */
  readonly badElements: readonly string[];
  /** Epoch milliseconds. */
  readonly sentAt: number;
  readonly latencyMs: number;
  readonly outcome: Outcome;
}

/** Log of all requests and their responses. */
export interface TrafficLog {
  readonly requests: SentRequest[];
  /**
   * Events of each sender that waits for every response before it sends its next event. The events are in the order of
   * sending.
   */
  readonly waited: Map<string, SentEvent[]>;
  /** Periods, in epoch milliseconds and in order, during which the sending process or the service was stalled. */
  readonly stalls: { readonly from: number; readonly to: number }[];
}

export function createTrafficLog(): TrafficLog {
  return { requests: [], waited: new Map(), stalls: [] };
}

export function isAcknowledged(request: SentRequest): boolean {
  return typeof request.outcome === 'number' && request.outcome >= 200 && request.outcome < 300;
}
