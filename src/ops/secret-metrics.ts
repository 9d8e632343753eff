import { Gauge, type Registry } from 'prom-client';
import type { SecretWatch } from './secret-watch.ts';

const prefix = 'comapi_webhook_';

/** Which secrets can be used, read when a scrape comes. */
export function registerSecretMetrics(registry: Registry, secrets: SecretWatch): void {
  registry.registerMetric(
    new Gauge({
      name: `${prefix}secrets`,
      help: 'Secrets of a registration that can be used. At 0 its signed deliveries are answered 503.',
      labelNames: ['webhook'],
      registers: [],
      collect() {
        for (const { webhook, known } of secrets.current()) {
          this.set({ webhook }, known.secrets.length);
        }
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: `${prefix}secret_usable`,
      help: 'For each secret: 1, or 0 when it is there and cannot be used: empty, too short or unreadable.',
      labelNames: ['webhook', 'secret'],
      registers: [],
      collect() {
        this.reset();
        for (const { webhook, known } of secrets.current()) {
          for (const { label } of known.secrets) {
            this.set({ webhook, secret: label }, 1);
          }
          for (const { label = '' } of known.faults) {
            this.set({ webhook, secret: label }, 0);
          }
        }
      },
    }),
  );
}
