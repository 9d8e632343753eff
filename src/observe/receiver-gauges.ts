import type { MetricFactory } from '../runtime/metric-factory.ts';
import type { Health } from './health.ts';
import type { ReceiverState } from './receiver-state.ts';
import type { SecretWatch } from './secret-watch.ts';
import type { SinkWatch } from './sink-watch.ts';

/** The parts of a receiver's state that gauges show. */
export interface GaugeSources extends Pick<ReceiverState, 'gate' | 'certificate'> {
  readonly store: { readonly watch: Pick<SinkWatch, 'outage'> };
  readonly secrets: Pick<SecretWatch, 'current'>;
}

/** Registers the gauges whose values are read when metrics are collected. */
export function registerReceiverGauges(
  { collectedGauge }: MetricFactory,
  { gate, store, secrets, certificate }: GaugeSources,
  health: Health,
): void {
  const addGauge = (name: string, help: string, value: () => number) =>
    collectedGauge(name, help, (gauge) => gauge.set(value()));

  addGauge('in_flight_requests', 'Verified deliveries in flight.', () => gate.inFlightRequests);
  addGauge(
    'in_flight_requests_limit',
    'Maximum number of verified deliveries in flight. At the maximum, the receiver refuses further deliveries.',
    () => gate.limits.maxInFlightRequests,
  );
  addGauge(
    'in_flight_bytes',
    'Total size of the bodies of all deliveries in flight, in bytes.',
    () => gate.inFlightBytes,
  );
  addGauge(
    'in_flight_bytes_limit',
    'Maximum total size of the bodies in flight, in bytes. At the maximum, the receiver refuses further deliveries.',
    () => gate.limits.maxInFlightBytes,
  );
  addGauge(
    'sink_unavailable_since_timestamp_seconds',
    'Start time of the current outage, in which neither the store nor the spool accepts records, or every delivery is refused. 0 if there is no outage. The provider retries for 24 h.',
    () => (store.watch.outage?.since ?? 0) / 1000,
  );
  addGauge(
    'ready',
    '1 from the first time that the process can store events until it shuts down, otherwise 0.',
    () => Number(health.readiness().ready),
  );
  if (certificate !== undefined) {
    addGauge(
      'certificate_usable',
      '1 if the TLS certificate and key files are valid, otherwise 0. While they are invalid, the receiver uses the last valid certificate.',
      () => Number(certificate.problem() === undefined),
    );
    collectedGauge(
      'certificate_expiry_timestamp_seconds',
      'Time at which the TLS certificate in use expires.',
      (gauge) => {
        const expiresMs = certificate.expiresAt();
        if (expiresMs === undefined) {
          gauge.remove();
        } else {
          gauge.set(expiresMs / 1000);
        }
      },
    );
  }
  collectedGauge(
    'secrets',
    'Number of usable secrets of a registration. If it is 0, signed deliveries to the registration get a 503.',
    (gauge) => {
      for (const { webhook, known } of secrets.current()) {
        gauge.set({ webhook }, known.secrets.length);
      }
    },
    ['webhook'],
  );
  collectedGauge(
    'secret_usable',
    '1 if the secret is usable, or 0 if it is empty, too short or unreadable.',
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

/**
 * Time of the last accepted delivery of one registration, in epoch milliseconds, or 0 before the first accepted
 * delivery.
 */
export interface LastAcceptedTimes {
  lastAcceptedMs: number;
}

export function registerLastAcceptedTimes(
  { collectedGauge }: MetricFactory,
  times: ReadonlyMap<string, LastAcceptedTimes>,
): void {
  collectedGauge(
    'last_accepted_timestamp_seconds',
    'Time at which this process last accepted a delivery, or 0 if it has not accepted any. To include all pods, take the maximum across pods and over time.',
    (gauge) => {
      for (const [webhook, { lastAcceptedMs }] of times) {
        gauge.set({ webhook }, lastAcceptedMs / 1000);
      }
    },
    ['webhook'],
  );
}
