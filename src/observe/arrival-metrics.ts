import type { DecidedDelivery } from '../http/webhook-route.ts';
import type { Clock } from '../runtime/clock.ts';
import type { MetricFactory } from '../runtime/metric-factory.ts';
import type { Outcome } from '../webhook/delivery.ts';

export interface ArrivalMetrics {
  /** Takes an accepted delivery of the provider's. */
  observe(outcome: Pick<Outcome, 'events'>, facts: Pick<DecidedDelivery, 'webhook' | 'durationMs'>): void;
}

/** The provider repeats for 24 h. */
const ageBuckets = [1, 5, 30, 120, 600, 3_600, 14_400, 86_400, 172_800, 604_800];

/** What tells that somebody sends deliveries again that were recorded long ago: the signature has no time (docs/security.md). */
export function createArrivalMetrics(
  { labelledHistogram }: MetricFactory,
  webhooks: readonly string[],
  clock: Clock,
): ArrivalMetrics {
  const age = labelledHistogram(
    'event_age_seconds',
    'How old the first event of an accepted delivery was, by its own timestamp, when the delivery began to arrive.',
    ageBuckets,
    'webhook',
  );
  const ages = new Map(webhooks.map((webhook) => [webhook, age.series(webhook)]));

  return {
    observe({ events = [] }, { webhook, durationMs }) {
      const atMs = Date.parse(events[0]?.headers.ce_time ?? '');
      if (!Number.isNaN(atMs)) {
        ages.get(webhook)?.observe(Math.max(0, clock.epochMs() - durationMs - atMs) / 1000);
      }
    },
  };
}
