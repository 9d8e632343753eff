import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ToldSpanExporter } from '../../../src/observe/tracing/span-exporter.ts';
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

test.each(troubles)(
  'a collector that %s is told once, and so is that it gets spans again',
  async (what, begin) => {
    limitExports(60);
    const collector = await startCollector();
    const log = captureLog();
    const exporter = new ToldSpanExporter(`${collector.url}/v1/traces`, log.logger);
    const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
    onTestFinished(() => provider.shutdown());
    async function exportSpan() {
      provider.getTracer('test').startSpan('span').end();
      await provider.forceFlush();
    }
    await begin(collector);
    await exportSpan();
    await exportSpan();
    expect(log.lines).toMatchObject([
      { level: 'warn', msg: 'the collector takes no traces: spans are lost, all else goes on' },
    ]);

    if (what === 'is down') {
      await collector.start();
    }
    collector.behaves = 'takes';
    await exportSpan();
    expect(log.lines.slice(1)).toMatchObject([{ msg: 'traces are exported again', lostSpans: 2 }]);
    expect(collector.spans).toHaveLength(1);
  },
);

test('an answer that is no answer is told, and is no reason to lose spans', async () => {
  const { collector, receiver, send, lines } = await setUp();
  collector.behaves = 'answers garbage';
  await send();
  await receiver.stop();
  expect(lines('tracing has a problem')).toHaveLength(1);
  expect(lines('tracing has a problem')[0]?.detail).toMatch(/could not deserialize response/);
  expect(lines('the collector takes no traces')).toEqual([]);
});

test.each(troubles)('with a collector that %s the receiver ends in time', async (_what, begin) => {
  limitExports(60);
  const { collector, receiver, send, lines } = await setUp();
  await begin(collector);
  expect((await send()).status).toBe(200);
  // The promise is a time. What this machine does besides takes none of it.
  const now = () => performance.now() - queuedMs(process.pid);
  const startedAt = now();
  await receiver.stop();
  expect(now() - startedAt).toBeLessThan(3_500);
  expect(lines('the collector takes no traces').length + lines('the last spans are lost').length).toBe(1);
});
