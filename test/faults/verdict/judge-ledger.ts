import { sumMetric } from '../services/parse-metrics.ts';
import type { Violation } from './judge.ts';

export interface LedgerEvidence {
  readonly metrics: ReadonlyMap<string, number>;
  /** Number of events, including invalid elements, in all deliveries for which senders received a 2xx response. */
  readonly acknowledged: number;
  /** Number of events in requests without a response. They may or may not be stored. */
  readonly unanswered: number;
  /** Number of records in the events and dead-letter topics, including duplicates of retried events. */
  readonly kept: number;
  /**
   * Whether the service was restarted. The counters of each process start at 0, so only their balance can be checked
   * after a restart.
   */
  readonly wasRestarted: boolean;
}

/**
 * Checks the event counts of the service: the number of received events equals stored + dead-lettered + refused, and
 * the counts match the topics.
 */
export function judgeLedger(evidence: LedgerEvidence): Violation[] {
  const { metrics, acknowledged, unanswered, kept, wasRestarted } = evidence;
  const outcome = (name: string) => sumMetric(metrics, 'comapi_webhook_events_total', `outcome="${name}"`);
  const received = sumMetric(metrics, 'comapi_webhook_events_received_total');
  const stored = outcome('stored') + outcome('dead_lettered');
  const texts: string[] = [];
  if (received === 0 || received !== stored + outcome('refused')) {
    texts.push(`received ${received} is not stored ${stored} + refused ${outcome('refused')}`);
  }
  if (stored > kept) {
    texts.push(`says ${stored} stored, the topics hold ${kept}`);
  }
  if (!wasRestarted && (stored < acknowledged || stored > acknowledged + unanswered)) {
    texts.push(`says ${stored} stored, the senders were told ${acknowledged}, or not told of ${unanswered}`);
  }
  return texts.map((text) => ({ kind: 'ledger', text }));
}
