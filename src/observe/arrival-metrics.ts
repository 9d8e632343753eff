import type { DecidedDelivery } from '../http/webhook-route.ts';
import type { Clock } from '../runtime/clock.ts';
import type { MetricFactory } from '../runtime/metric-factory.ts';
import type { Outcome } from '../webhook/delivery.ts';

export interface ArrivalMetrics {
  /** Takes an accepted delivery of the provider's. */
  observe(outcome: Pick<Outcome, 'events'>, facts: ArrivedDelivery): void;
}

type ArrivedDelivery = Pick<DecidedDelivery, 'webhook' | 'durationMs'> & {
  readonly delivery: Pick<DecidedDelivery['delivery'], 'signature'>;
};

/** The provider repeats for 24 h. */
const ageBuckets = [1, 5, 30, 120, 600, 3_600, 14_400, 86_400, 172_800, 604_800];

/** What tells that somebody sends a delivery again that was recorded: the signature has no time (docs/security.md). */
export function createArrivalMetrics(
  { counter, labelledHistogram }: MetricFactory,
  webhooks: readonly string[],
  clock: Clock,
): ArrivalMetrics {
  const age = labelledHistogram(
    'event_age_seconds',
    'How old the first event of an accepted delivery was, by its own timestamp, when the delivery began to arrive.',
    ageBuckets,
    'webhook',
  );
  const repeated = counter(
    'repeated_deliveries_total',
    'Accepted deliveries with the body and the signature of one that this process accepted before, as far as it remembers.',
    ['webhook'],
  );
  const tallies = new Map(
    webhooks.map((webhook) => [webhook, { ages: age.series(webhook), repeats: repeated.tally({ webhook }) }]),
  );
  const memory = new RepeatMemory();

  return {
    observe({ events = [] }, { webhook, delivery, durationMs }) {
      const series = tallies.get(webhook);
      const atMs = Date.parse(events[0]?.headers.ce_time ?? '');
      if (!Number.isNaN(atMs)) {
        series?.ages.observe(Math.max(0, clock.epochMs() - durationMs - atMs) / 1000);
      }
      if (memory.add(delivery.signature ?? '')) {
        series?.repeats.add(1);
      }
    },
  };
}

const slots = 65_536;
/** Hexadecimal digits: four choose the slot, and thirteen, 52 bits, tell what is in it. */
const digits = { slot: 4, mark: 17 };

/**
 * Remembers the signatures of some 65,000 bodies in 512 KiB: each new one takes a place that its own bits choose. They are
 * HMACs, so nobody without a secret chooses the places, and they tell nothing of the bodies.
 */
export class RepeatMemory {
  readonly #marks = new Float64Array(slots);

  /**
   * @param signature 40 hexadecimal digits that were verified
   * @returns whether it was there
   */
  add(signature: string): boolean {
    const slot = Number.parseInt(signature.slice(0, digits.slot), 16);
    // 0 is an empty slot.
    const mark = Number.parseInt(signature.slice(digits.slot, digits.mark), 16) + 1;
    const isKnown = this.#marks[slot] === mark;
    this.#marks[slot] = mark;
    return isKnown;
  }
}
