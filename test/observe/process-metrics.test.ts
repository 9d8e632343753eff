import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { registerProcessMetrics } from '../../src/observe/process-metrics.ts';

test('has the version and the metrics of Node, but no gauge with the name of a counter', async () => {
  const registry = new Registry();
  const observeStall = registerProcessMetrics(registry, '1.2.3');
  const text = await registry.metrics();
  expect(text).toContain('comapi_webhook_build_info{version="1.2.3"} 1');
  expect(text).toMatch(/^comapi_webhook_memory_limit_bytes \d+$/m);
  expect(text).toContain('# TYPE nodejs_eventloop_lag_seconds gauge');
  expect(text).not.toMatch(/^# TYPE \w+_total gauge/m);
  expect(text).toContain('comapi_webhook_event_loop_stalled_seconds_total 0');
  observeStall(2_500);
  expect(await registry.metrics()).toContain('comapi_webhook_event_loop_stalled_seconds_total 2.5');
});
