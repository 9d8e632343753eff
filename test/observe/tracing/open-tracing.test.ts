import { expect, onTestFinished, test, vi } from 'vitest';
import { readTracesConfig, type TracesConfig } from '../../../src/config/traces-config.ts';
import { openTracing } from '../../../src/observe/tracing/open-tracing.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { captureLog } from '../../support/captured-log.ts';
import { delivery } from '../../support/http-text.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { type Collector, startCollector } from '../../support/otlp-collector.ts';
import { queuedMs } from '../../support/process-counters.ts';
import { sendRaw } from '../../support/raw-request.ts';
import { startTestReceiver } from '../../support/test-receiver.ts';

function limitExports(timeoutMs: number): void {
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', String(timeoutMs));
  onTestFinished(() => void vi.unstubAllEnvs());
}

async function setUp() {
  const collector = await startCollector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const receiver = await startTestReceiver({ sink: createMemorySink(), env });
  const send = () => sendRaw(receiver.url, delivery('{"eventId":"e"}'));
  const lines = (msg: string) => receiver.log.lines.filter((line) => String(line.msg).startsWith(msg));
  return { collector, receiver, send, lines };
}

const problem = 'tracing failed: spans may be lost, but all other functions continue to work';

/** Default value of OpenTelemetry. */
const batchSpans = 512;

const troubles: readonly [what: string, begin: (collector: Collector) => unknown][] = [
  ['is down', (collector) => collector.stop()],
  ...(['refuses', 'never answers', 'never ends its answer'] as const).map(
    (behaviour): [string, (collector: Collector) => unknown] => [
      behaviour,
      (collector) => {
        collector.behaves = behaviour;
      },
    ],
  ),
];

test.each(troubles)('a collector that %s is told, and then it gets spans again', async (what, begin) => {
  limitExports(60);
  const collector = await startCollector();
  const log = captureLog();
  const config = readTracesConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, []) as TracesConfig;
  const deps = { serviceName: 'test', clock: systemClock, logger: log.logger };
  const tracing = openTracing(config, deps);
  onTestFinished(() => tracing.close());
  // A full batch is exported immediately.
  const exportSpans = () => {
    for (let index = 0; index < batchSpans; index += 1) {
      tracing.tracer.startSpan('span').end();
    }
  };
  await begin(collector);
  exportSpans();
  await expect.poll(() => log.lines).toMatchObject([{ level: 'warn', msg: problem }]);

  if (what === 'is down') {
    await collector.start();
  }
  collector.behaves = 'takes';
  exportSpans();
  await expect.poll(() => collector.spans).toHaveLength(batchSpans);
});

test('an answer that is no answer is told, and is no reason to lose spans', async () => {
  const { collector, receiver, send, lines } = await setUp();
  collector.behaves = 'answers garbage';
  await send();
  await receiver.stop();
  expect(lines('tracing failed')).toHaveLength(1);
  expect(lines('tracing failed')[0]?.detail).toMatch(/could not deserialize response/);
  expect(lines('the last spans are lost')).toEqual([]);
});

test.each(troubles)('with a collector that %s the receiver ends in time', async (_what, begin) => {
  limitExports(60);
  const { collector, receiver, send, lines } = await setUp();
  await begin(collector);
  expect((await send()).status).toBe(200);
  // The guarantee is a time limit, so time that this process waited for CPU is subtracted.
  const now = () => performance.now() - queuedMs(process.pid);
  const startedAt = now();
  await receiver.stop();
  expect(now() - startedAt).toBeLessThan(3_500);
  expect(lines(problem).length + lines('the last spans are lost').length).toBeGreaterThan(0);
});
