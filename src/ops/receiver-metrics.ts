import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DeliveryObserver } from '../http/delivery-observer.ts';
import { refusalStatus } from '../http/refusal-status.ts';
import type { Clock } from '../runtime/clock.ts';
import { deadLetterReasons } from '../webhook/to-record.ts';
import { registerProcessMetrics } from './process-metrics.ts';
import { registerReceiverGauges, type WatchedParts } from './receiver-gauges.ts';
import { registerSecretMetrics } from './secret-metrics.ts';
import { createSignatureMetrics } from './signature-metrics.ts';

export interface ReceiverMetrics {
  readonly observeReceived: (webhook: string, events: number) => void;
  readonly observe: DeliveryObserver;
  /** A request that is no delivery, by the status of its answer. */
  readonly observeOther: (status: number) => void;
  /** Adds the gauges that are read when a scrape comes. */
  watch(parts: WatchedParts): void;
}

export interface ReceiverMetricsOptions {
  readonly version: string;
  /** Names of the registrations. */
  readonly webhooks: readonly string[];
  readonly clock: Clock;
}

const prefix = 'comapi_webhook_';

/** Up to the provider's 10 s. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 8, 10];

/** Every metric of the receiver, but for those of the Kafka sink. */
export function createReceiverMetrics(
  registry: Registry,
  { version, webhooks, clock }: ReceiverMetricsOptions,
): ReceiverMetrics {
  const registers = [registry];
  registerProcessMetrics(registry, version);
  const requests = new Counter({
    name: `${prefix}requests_total`,
    help: 'Requests on webhook paths, by answer and reason.',
    labelNames: ['webhook', 'status', 'reason'],
    registers,
  });
  const others = new Counter({
    name: `${prefix}other_requests_total`,
    help: 'Requests that are no deliveries (another path or method), by answer.',
    labelNames: ['status'],
    registers,
  });
  const received = new Counter({
    name: `${prefix}events_received_total`,
    help: 'Events in verified bodies. Equals the sum of comapi_webhook_events_total once nothing is in flight.',
    labelNames: ['webhook'],
    registers,
  });
  const events = new Counter({
    name: `${prefix}events_total`,
    help: 'Events in verified bodies by what became of them: stored, dead_lettered or refused.',
    labelNames: ['webhook', 'outcome'],
    registers,
  });
  const deadLetters = new Counter({
    name: `${prefix}dead_letters_total`,
    help: 'Dead-lettered events by reason.',
    labelNames: ['webhook', 'reason'],
    registers,
  });
  const lastAccepted = new Gauge({
    name: `${prefix}last_accepted_timestamp_seconds`,
    help: 'When this process last answered 2xx; 0 before the first time. Of a whole job: the maximum over pods and time.',
    labelNames: ['webhook'],
    registers,
  });
  const signatures = createSignatureMetrics(registry, webhooks);
  const requestDuration = new Histogram({
    name: `${prefix}request_duration_seconds`,
    help: 'From the request to the answer. The provider waits 10 s.',
    labelNames: ['webhook'],
    buckets: durationBuckets,
    registers,
  });
  const verifyDuration = new Histogram({
    name: `${prefix}verify_duration_seconds`,
    help: 'Time to check one signature.',
    buckets: [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.01, 0.05],
    registers,
  });
  const appendDuration = new Histogram({
    name: `${prefix}append_duration_seconds`,
    help: 'Time until the store acknowledged all events of a body.',
    buckets: durationBuckets,
    registers,
  });
  const bodyBytes = new Histogram({
    name: `${prefix}body_bytes`,
    help: 'Size of verified bodies.',
    buckets: [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 10_485_760],
    registers,
  });
  const batchEvents = new Histogram({
    name: `${prefix}batch_events`,
    help: 'Events per verified body. The provider sends up to 500.',
    buckets: [1, 2, 5, 10, 25, 50, 100, 200, 500, 1000],
    registers,
  });

  // A series that begins with its first increment hides that increment from `increase()`.
  for (const webhook of webhooks) {
    received.inc({ webhook }, 0);
    for (const outcome of ['stored', 'dead_lettered', 'refused']) {
      events.inc({ webhook, outcome }, 0);
    }
    for (const reason of deadLetterReasons) {
      deadLetters.inc({ webhook, reason }, 0);
    }
    requests.inc({ webhook, status: 200, reason: 'ok' }, 0);
    for (const [reason, status] of Object.entries(refusalStatus)) {
      requests.inc({ webhook, status, reason }, 0);
    }
    lastAccepted.set({ webhook }, 0);
  }

  return {
    observeOther: (status) => others.inc({ status }),
    observeReceived: (webhook, count) => received.inc({ webhook }, count),
    observe(outcome, { webhook, status, durationMs }) {
      requests.inc({ webhook, status, reason: outcome.code });
      requestDuration.observe({ webhook }, durationMs / 1000);
      signatures.observe(outcome, webhook);
      if (outcome.secret === undefined) {
        return;
      }
      verifyDuration.observe((outcome.verifyMs ?? 0) / 1000);
      bodyBytes.observe(outcome.bodyBytes);
      batchEvents.observe(outcome.received);
      if (outcome.code !== 'ok') {
        events.inc({ webhook, outcome: 'refused' }, outcome.received);
        return;
      }
      lastAccepted.set({ webhook }, clock.now() / 1000);
      appendDuration.observe((outcome.appendMs ?? 0) / 1000);
      events.inc({ webhook, outcome: 'stored' }, outcome.stored);
      for (const [reason, count] of outcome.deadLettered) {
        deadLetters.inc({ webhook, reason }, count);
        events.inc({ webhook, outcome: 'dead_lettered' }, count);
      }
    },
    watch(parts) {
      signatures.watch(parts.secrets);
      registerSecretMetrics(registry, parts.secrets);
      registerReceiverGauges(registry, parts);
    },
  };
}
