import { totalmem } from 'node:os';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

/**
 * Default gauges with misleading counter names. Each gauge is a sum of series that are also exported
 * (`nodejs_active_handles`, ...).
 */
const misnamedDefaultMetrics = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Registers the metrics that every process of this package has. */
export function registerProcessMetrics(registry: Registry, version: string): void {
  collectDefaultMetrics({ register: registry });
  for (const name of misnamedDefaultMetrics) {
    registry.removeSingleMetric(name);
  }
  new Gauge({
    name: 'comapi_webhook_build_info',
    help: 'Always 1. The label shows the version of the running program.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1);
  const limitBytes = process.constrainedMemory();
  new Gauge({
    name: 'comapi_webhook_memory_limit_bytes',
    help: 'Memory limit of the container or systemd unit, or 0 if there is none. Compare it with process_resident_memory_bytes.',
    registers: [registry],
  }).set(limitBytes > 0 && limitBytes <= totalmem() ? limitBytes : 0);
}
