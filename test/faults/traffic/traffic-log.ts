import type { SentEvent } from './event-factory.ts';
import type { Outcome } from './post-webhook.ts';

export interface SentRequest {
  readonly kind: 'single' | 'batch' | 'waiting' | 'forged';
  readonly events: readonly SentEvent[];
  /** Elements of the batch that are no events, as text. */
  readonly badElements: readonly string[];
  /** Epoch milliseconds. */
  readonly sentAt: number;
  readonly latencyMs: number;
  readonly outcome: Outcome;
}

/** Everything that was sent, with its answer. */
export interface TrafficLog {
  readonly requests: SentRequest[];
  /** Of each waiting sender: its events in the order in which it sent them, each after the answer to the last. */
  readonly waited: Map<string, SentEvent[]>;
  /** When the machine let the sending process or the service stand still, in order. Epoch milliseconds. */
  readonly stalls: { readonly from: number; readonly to: number }[];
}

export function createTrafficLog(): TrafficLog {
  return { requests: [], waited: new Map(), stalls: [] };
}

export function isAcknowledged(request: SentRequest): boolean {
  return typeof request.outcome === 'number' && request.outcome >= 200 && request.outcome < 300;
}
