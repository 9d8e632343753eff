import { Gauge, type Registry } from 'prom-client';
import type { AdmissionGate } from '../webhook/admission-gate.ts';
import type { Health } from './health.ts';
import type { SecretWatch } from './secret-watch.ts';
import type { SinkWatch } from './sink-watch.ts';

export interface WatchedParts {
  readonly gate: AdmissionGate;
  readonly sink: SinkWatch;
  readonly health: Health;
  readonly secrets: SecretWatch;
  /** With own TLS only: why the files cannot be used now. */
  readonly certificateFault?: () => string | undefined;
}

const prefix = 'comapi_webhook_';

/** What is read when a scrape comes: what is under way, the store, readiness. */
export function registerReceiverGauges(
  registry: Registry,
  { gate, sink, health, certificateFault }: WatchedParts,
): void {
  const gauges: readonly (readonly [string, string, () => number])[] = [
    ['in_flight_requests', 'Deliveries under way.', () => gate.inFlightRequests],
    [
      'in_flight_requests_limit',
      'Deliveries under way at which more are refused.',
      () => gate.limits.maxInFlightRequests,
    ],
    ['in_flight_bytes', 'Body bytes of the deliveries under way.', () => gate.inFlightBytes],
    [
      'in_flight_bytes_limit',
      'Body bytes under way at which more are refused.',
      () => gate.limits.maxInFlightBytes,
    ],
    ['sink_up', '1 while the store takes records.', () => (sink.unavailableSince === undefined ? 1 : 0)],
    [
      'sink_unavailable_since_timestamp_seconds',
      'When the store stopped taking records; 0 while it takes them. The provider retries for 24 h.',
      () => (sink.unavailableSince ?? 0) / 1000,
    ],
    ['ready', '1 while the process is ready.', () => (health.readiness().ready ? 1 : 0)],
    ...(certificateFault === undefined
      ? []
      : [
          [
            'certificate_usable',
            '1; 0 while the files of the TLS certificate and key cannot be used and the last good ones serve.',
            () => (certificateFault() === undefined ? 1 : 0),
          ] as const,
        ]),
  ];
  for (const [name, help, read] of gauges) {
    registry.registerMetric(
      new Gauge({
        name: prefix + name,
        help,
        registers: [],
        collect() {
          this.set(read());
        },
      }),
    );
  }
}
