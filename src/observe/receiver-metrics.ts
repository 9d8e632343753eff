import type { Registry } from 'prom-client';
import { refusalStatus } from '../http/refusal-status.ts';
import type { Clock } from '../runtime/clock.ts';
import type { HistogramSeries } from '../runtime/histogram.ts';
import { type CounterTally, createMetricFactory, type MetricFactory } from '../runtime/metric-factory.ts';
import type { Outcome } from '../webhook/delivery.ts';
import type { DeliveryResponse } from '../webhook/observers.ts';
import { testEventLabels } from '../webhook/test-events.ts';
import { deadLetterReasons } from '../webhook/to-record.ts';
import type { Health } from './health.ts';
import { registerProcessMetrics } from './process-metrics.ts';
import { type ReadBackOutcome, readBackOutcomes } from './read-back-watch.ts';
import {
  type GaugeSources,
  type LastAcceptedTimes,
  registerLastAcceptedTimes,
  registerReceiverGauges,
} from './receiver-gauges.ts';
import { createSignatureMetrics, type SignatureMetrics } from './signature-metrics.ts';

export interface ReceiverMetrics {
  readonly observeReceived: (webhook: string, events: number) => void;
  readonly observe: (outcome: Outcome, answer: Omit<DeliveryResponse, 'delivery'>) => void;
  readonly observeReadBack: (outcome: ReadBackOutcome) => void;
  readonly observeSignatureCause: SignatureMetrics['observeCause'];
  /** Counts a request that is not a delivery, but may have been meant as one. */
  readonly observeMisdirected: () => void;
  /** Adds the metrics whose values are read when metrics are collected. */
  watch(state: GaugeSources, health: Health): void;
}

export interface ReceiverMetricsOptions {
  readonly version: string;
  readonly webhooks: readonly string[];
  readonly clock: Clock;
}

/** Bucket bounds for durations in seconds, up to the provider's timeout of 10 s. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 8, 10];
const bodyBuckets = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 10_485_760];
const batchBuckets = [1, 2, 5, 10, 25, 50, 100, 200, 500, 1000];
/** Bucket bounds for event ages in seconds, up to more than the 24 h for which the provider retries. */
const ageBuckets = [1, 5, 30, 120, 600, 3_600, 14_400, 86_400, 172_800, 604_800];

/** Creates the metrics of the receiver, except those of its store. */
export function createReceiverMetrics(
  registry: Registry,
  { version, webhooks, clock }: ReceiverMetricsOptions,
): ReceiverMetrics {
  const factory = createMetricFactory(registry, 'comapi_webhook_');
  registerProcessMetrics(registry, version);
  const metrics = declareMetrics(factory);
  const signatureMetrics = createSignatureMetrics(factory, webhooks);
  const { requests, events, deadLetters } = metrics;
  const seriesByWebhook = new Map(webhooks.map((webhook) => [webhook, initializeSeries(metrics, webhook)]));
  registerLastAcceptedTimes(factory, seriesByWebhook);
  for (const outcome of readBackOutcomes) {
    metrics.readBack.inc({ outcome }, 0);
  }

  return {
    observeMisdirected: () => metrics.misdirected.inc(),
    observeReadBack: (outcome) => metrics.readBack.inc({ outcome }),
    observeSignatureCause: signatureMetrics.observeCause,
    observeReceived: (webhook, count) => seriesByWebhook.get(webhook)?.received.add(count),
    observe(outcome, { webhook, status, durationMs }) {
      const { own } = outcome;
      const series = seriesByWebhook.get(webhook);
      if (series === undefined) {
        throw new Error(`There is no registration ${webhook}`);
      }
      signatureMetrics.observe(outcome, { webhook });
      if (outcome.secret !== undefined) {
        metrics.bodyBytes.observe(outcome.bodyBytes);
        metrics.batchEvents.observe(outcome.received);
      }
      if (outcome.secret !== undefined && own === undefined) {
        series.duration.observe(durationMs / 1000);
      }
      if (own !== undefined) {
        metrics.own.inc({ webhook, event: own, reason: outcome.code });
      }
      if (outcome.code !== 'ok') {
        if (own === undefined) {
          requests.inc({ webhook, status, reason: outcome.code });
        }
        events.inc({ webhook, outcome: 'refused' }, outcome.received);
        return;
      }
      if (own === undefined) {
        series.accepted.add(1);
        series.lastAcceptedMs = clock.epochMs();
        const observedAtMs = Date.parse(outcome.events?.[0]?.headers.ce_time ?? '');
        if (!Number.isNaN(observedAtMs)) {
          series.age.observe(Math.max(0, clock.epochMs() - durationMs - observedAtMs) / 1000);
        }
      }
      metrics.appendDuration.observe((outcome.appendMs ?? 0) / 1000);
      series.stored.add(outcome.stored + outcome.spooled);
      for (const [reason, count] of outcome.deadLettered) {
        deadLetters.inc({ webhook, reason }, count);
        events.inc({ webhook, outcome: 'dead_lettered' }, count);
      }
    },
    watch(state, health) {
      signatureMetrics.watch(state.secrets);
      registerReceiverGauges(factory, state, health);
    },
  };
}

function declareMetrics({ counter, histogram, labelledHistogram }: MetricFactory) {
  return {
    requests: counter(
      'requests_total',
      'Deliveries by response status and reason, excluding verified deliveries of test events that this product sends.',
      ['webhook', 'status', 'reason'],
    ),
    own: counter(
      'own_deliveries_total',
      'Verified deliveries of test events (webhook.test) that this product sends, by event and reason.',
      ['webhook', 'event', 'reason'],
    ),
    misdirected: counter(
      'misdirected_deliveries_total',
      'Requests with a well-formed signature that are not counted as deliveries because their path or method is wrong.',
    ),
    received: counter(
      'events_received_total',
      'Events in verified request bodies. If no delivery is in flight, the value equals the sum of comapi_webhook_events_total.',
      ['webhook'],
    ),
    events: counter(
      'events_total',
      'Events in verified request bodies, by outcome: stored (in the store or the spool), dead_lettered or refused.',
      ['webhook', 'outcome'],
    ),
    deadLetters: counter('dead_letters_total', 'Dead-lettered events by reason.', ['webhook', 'reason']),
    readBack: counter(
      'read_back_records_total',
      'Acknowledged records that were read back from the store, by outcome. The outcomes missing and different mean that the record is lost.',
      ['outcome'],
    ),
    requestDuration: labelledHistogram(
      'request_duration_seconds',
      'Time from the request to the response of a verified delivery. The provider times out after 10 s.',
      durationBuckets,
      'webhook',
    ),
    // The age reveals replayed captures, because a signature does not contain a time and stays valid
    // (docs/security.md).
    eventAge: labelledHistogram(
      'event_age_seconds',
      'Time from the timestamp of the first event in an accepted delivery until the delivery began to arrive.',
      ageBuckets,
      'webhook',
    ),
    appendDuration: histogram(
      'append_duration_seconds',
      'Time until the store or the spool has stored all events of a request body.',
      durationBuckets,
    ),
    bodyBytes: histogram('body_bytes', 'Size of verified request bodies in bytes.', bodyBuckets),
    batchEvents: histogram(
      'batch_events',
      'Number of events in a verified request body. The provider sends up to 500.',
      batchBuckets,
    ),
  };
}

/** Metric series that nearly every delivery of a registration increments. */
interface FrequentlyUsedSeries extends LastAcceptedTimes {
  readonly accepted: CounterTally;
  readonly received: CounterTally;
  readonly stored: CounterTally;
  readonly duration: HistogramSeries;
  readonly age: HistogramSeries;
}

/** Creates all series of a registration at the start, because `increase()` misses the first increment of a new series. */
function initializeSeries(
  {
    requests,
    own,
    received,
    events,
    deadLetters,
    requestDuration,
    eventAge,
  }: ReturnType<typeof declareMetrics>,
  webhook: string,
): FrequentlyUsedSeries {
  for (const outcome of ['dead_lettered', 'refused']) {
    events.inc({ webhook, outcome }, 0);
  }
  for (const reason of deadLetterReasons) {
    deadLetters.inc({ webhook, reason }, 0);
  }
  for (const event of testEventLabels) {
    own.inc({ webhook, event, reason: 'ok' }, 0);
  }
  for (const [reason, status] of Object.entries(refusalStatus)) {
    requests.inc({ webhook, status, reason }, 0);
  }
  return {
    accepted: requests.tally({ webhook, status: 200, reason: 'ok' }),
    received: received.tally({ webhook }),
    stored: events.tally({ webhook, outcome: 'stored' }),
    duration: requestDuration.series(webhook),
    age: eventAge.series(webhook),
    lastAcceptedMs: 0,
  };
}
