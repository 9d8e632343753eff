import { sumMetric } from '../services/parse-metrics.ts';
import type { Violation } from './judge.ts';

export interface LedgerEvidence {
  readonly metrics: ReadonlyMap<string, number>;
  /** Number of events in all 2xx responses that senders received, including invalid elements. */
  readonly acknowledged: number;
  /** Number of events whose request got no response, which may or may not be stored. */
  readonly unanswered: number;
  /** Number of records in the events and dead-letter topics, including duplicates of retried events. */
  readonly kept: number;
  /** Counters restart at 0 in each process, so only the sum can be checked after a restart. */
  readonly wasRestarted: boolean;
}

/**
 * Checks the ledger of the service: the number of received events equals stored + dead-lettered + refused, and the
 * ledger matches the topics.
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
