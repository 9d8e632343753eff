import { totalmem } from 'node:os';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

/** Gauges with names of counters. They are sums of series that are exported too (`nodejs_active_handles`, ...). */
const misnamedDefaults = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** The metrics that every process of the package has. */
export function registerProcessMetrics(registry: Registry, version: string): void {
  collectDefaultMetrics({ register: registry });
  for (const name of misnamedDefaults) {
    registry.removeSingleMetric(name);
  }
  new Gauge({
    name: 'comapi_webhook_build_info',
    help: 'Always 1, labelled with the version that runs.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1);
  const limitBytes = process.constrainedMemory();
  new Gauge({
    name: 'comapi_webhook_memory_limit_bytes',
    help: 'Memory that the container, or the unit, may use; 0 when it has no limit. process_resident_memory_bytes is used.',
    registers: [registry],
  }).set(limitBytes > 0 && limitBytes <= totalmem() ? limitBytes : 0);
}
