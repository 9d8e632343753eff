import { sumMetric } from '../services/parse-metrics.ts';
import type { Violation } from './judge.ts';

export interface LedgerEvidence {
  readonly metrics: ReadonlyMap<string, number>;
  /** Events of all 2xx responses that senders received, including invalid elements. */
  readonly acknowledged: number;
  /** Events whose request got no response. They may be stored or not. */
  readonly unanswered: number;
  /** Records in the events and dead-letter topics, including duplicates of events that were sent again. */
  readonly kept: number;
  /** Counters start at 0 with each process, so after a restart only the sum can be checked. */
  readonly wasRestarted: boolean;
}

/** Checks the ledger of the service: received = stored + dead-lettered + refused, and it matches the topics. */
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
