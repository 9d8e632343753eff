import type { MetricFactory } from '../runtime/metric-factory.ts';
import type { AdmissionGate } from '../webhook/admission-gate.ts';
import type { Health } from './health.ts';
import type { SecretWatch } from './secret-watch.ts';
import type { SinkWatch } from './sink-watch.ts';

export interface WatchedParts {
  readonly gate: AdmissionGate;
  readonly sink: Pick<SinkWatch, 'outage'>;
  readonly health: Health;
  readonly secrets: Pick<SecretWatch, 'current'>;
  /** With TLS of its own: why the certificate files cannot be used now. */
  readonly certificateProblem?: (() => string | undefined) | undefined;
}

/** The gauges that are read when metrics are collected. */
export function registerReceiverGauges(
  { collectedGauge }: MetricFactory,
  { gate, sink, health, secrets, certificateProblem }: WatchedParts,
): void {
  const read = (name: string, help: string, value: () => number) =>
    collectedGauge(name, help, (gauge) => gauge.set(value()));

  read('in_flight_requests', 'Verified deliveries that are not answered yet.', () => gate.inFlightRequests);
  read(
    'in_flight_requests_limit',
    'Verified deliveries in flight at which more are refused.',
    () => gate.limits.maxInFlightRequests,
  );
  read(
    'in_flight_bytes',
    'Body bytes of all deliveries that are not answered yet.',
    () => gate.inFlightBytes,
  );
  read(
    'in_flight_bytes_limit',
    'Body bytes in flight at which more are refused.',
    () => gate.limits.maxInFlightBytes,
  );
  read(
    'sink_unavailable_since_timestamp_seconds',
    'Since when the store, and the spool before it, takes no records, or every delivery is refused; 0 while records are taken. The provider retries for 24 h.',
    () => (sink.outage?.since ?? 0) / 1000,
  );
  read('ready', '1 once the process was ready to store, until it shuts down; else 0.', () =>
    Number(health.readiness().ready),
  );
  if (certificateProblem !== undefined) {
    read(
      'certificate_usable',
      '1 while the files of the TLS certificate and key can be used, else 0. At 0 the last good ones are used.',
      () => Number(certificateProblem() === undefined),
    );
  }
  collectedGauge(
    'secrets',
    'Secrets of a registration that can be used. At 0 its signed deliveries are answered 503.',
    (gauge) => {
      for (const { webhook, known } of secrets.current()) {
        gauge.set({ webhook }, known.secrets.length);
      }
    },
    ['webhook'],
  );
  collectedGauge(
    'secret_usable',
    'For each secret 1, or 0 when it cannot be used: empty, too short or unreadable.',
    (gauge) => {
      gauge.reset();
      for (const { webhook, known } of secrets.current()) {
        for (const { label } of known.secrets) {
          gauge.set({ webhook, secret: label }, 1);
        }
        for (const { label = '' } of known.problems) {
          gauge.set({ webhook, secret: label }, 0);
        }
      }
    },
    ['webhook', 'secret'],
  );
}

/** The last time of one registration, in epoch milliseconds; 0 before the first. */
export interface LastTimes {
  lastAcceptedMs: number;
}

export function registerLastTimes(
  { collectedGauge }: MetricFactory,
  times: ReadonlyMap<string, LastTimes>,
): void {
  collectedGauge(
    'last_accepted_timestamp_seconds',
    'When this process last answered 2xx; 0 before the first time. For all pods take the maximum over pods and time.',
    (gauge) => {
      for (const [webhook, { lastAcceptedMs }] of times) {
        gauge.set({ webhook }, lastAcceptedMs / 1000);
      }
    },
    ['webhook'],
  );
}
