import { expect, onTestFinished, test } from 'vitest';
import { readTracesConfig, type TracesConfig } from '../../../src/config/traces-config.ts';
import { openFilterTraces } from '../../../src/observe/tracing/trace-filter.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { captureLog } from '../../support/captured-log.ts';
import { startCollector } from '../../support/otlp-collector.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const batch = { partition: 3, seconds: 0.25 };

async function setUp() {
  const collector = await startCollector();
  const { logger } = captureLog();
  const config = readTracesConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, []) as TracesConfig;
  const traces = openFilterTraces(config, {
    topic: 'events',
    groupId: 'group',
    clock: systemClock,
    logger,
  });
  onTestFinished(() => traces.close());
  return { collector, traces };
}

test('a sampled record is a span as long as its batch took, in the trace of its delivery', async () => {
  const { collector, traces } = await setUp();
  const headers = [undefined, traceparent.replace(/1$/, '0'), 'garbage', traceparent];
  traces.committed({
    ...batch,
    outcomes: ['forwarded', 'forwarded', 'forwarded', 'duplicate'],
    header: (index, name) => (name === 'traceparent' ? headers[index] : undefined),
  });
  await traces.close();
  expect(collector.spans).toMatchObject([
    {
      name: 'filter events',
      traceId: traceparent.slice(3, 35),
      parentSpanId: traceparent.slice(36, 52),
      attributes: { 'comapi_webhook.filter.outcome': 'duplicate', 'messaging.system': 'kafka' },
    },
  ]);
  const [{ startMs, endMs } = { startMs: 0, endMs: 0 }] = collector.spans;
  expect(endMs - startMs).toBeCloseTo(250, 0);
});

test('a large batch has a bounded number of spans', async () => {
  const { collector, traces } = await setUp();
  traces.committed({ ...batch, outcomes: Array(10_000).fill('forwarded'), header: () => traceparent });
  await traces.close();
  expect(collector.spans).toHaveLength(128);
});
