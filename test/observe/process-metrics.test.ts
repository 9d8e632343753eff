import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { registerProcessMetrics } from '../../src/observe/process-metrics.ts';

test('has the version and the metrics of Node, but no gauge with the name of a counter', async () => {
  const registry = new Registry();
  registerProcessMetrics(registry, '1.2.3');
  const text = await registry.metrics();
  expect(text).toContain('comapi_webhook_build_info{version="1.2.3"} 1');
  expect(text).toMatch(/^comapi_webhook_memory_limit_bytes \d+$/m);
  expect(text).toContain('# TYPE nodejs_eventloop_lag_max_seconds gauge');
  expect(text).not.toMatch(/^# TYPE \w+_total gauge/m);
});
