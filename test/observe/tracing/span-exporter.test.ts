import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { delivery } from '../../support/http-text.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { type Collector, startCollector } from '../../support/otlp-collector.ts';
import { queuedMs } from '../../support/process-counters.ts';
import { sendRaw } from '../../support/raw-request.ts';
import { startTestReceiver } from '../../support/test-receiver.ts';

const exportTimeoutMs = 60;

async function setUp({ queueSize = 2_048, timeoutMs = exportTimeoutMs } = {}) {
  const collector = await startCollector();
  const receiver = await startTestReceiver({
    sink: createMemorySink(),
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_TIMEOUT: String(timeoutMs),
      OTEL_BSP_SCHEDULE_DELAY: '20',
      OTEL_BSP_MAX_QUEUE_SIZE: String(queueSize),
    },
  });
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
  'a collector that %s holds up nothing, and gets spans again afterwards',
  async (what, begin) => {
    const { collector, send, lines } = await setUp();
    await begin(collector);
    for (let n = 0; n < 5; n += 1) {
      expect(await send()).toMatchObject({ status: 200 });
    }
    await expect.poll(() => lines('the collector takes no traces')).toHaveLength(1);
    expect((await send()).status).toBe(200);
    await delay(3 * exportTimeoutMs);
    expect(lines('the collector takes no traces')).toHaveLength(1);

    if (what === 'is down') {
      await collector.start();
    }
    collector.behaves = 'takes';
    await expect
      .poll(async () => {
        await send();
        return lines('traces are exported again').length;
      })
      .toBe(1);
    expect(collector.spans.length).toBeGreaterThan(0);
    expect(lines('traces are exported again')[0]).toMatchObject({ lostSpans: expect.any(Number) });
  },
);

test('deliveries are answered while an export waits for its answer', async () => {
  const { collector, send, lines } = await setUp({ timeoutMs: 1_000 });
  collector.behaves = 'never answers';
  await send();
  await expect.poll(() => collector.requests.length).toBe(1);
  expect((await send()).status).toBe(200);
  expect(lines('the collector takes no traces')).toEqual([]);
});

test('exports whose answer never ends leave no connection behind', async () => {
  const { collector, send } = await setUp({ timeoutMs: 150 });
  collector.behaves = 'never ends its answer';
  for (let n = 1; n <= 3; n += 1) {
    await send();
    await expect.poll(() => collector.requests.length).toBe(n);
  }
  await expect.poll(() => collector.openConnections()).toBe(1);
});

test('an answer that is no answer is told, and is no reason to lose spans', async () => {
  const { collector, send, lines } = await setUp();
  collector.behaves = 'answers garbage';
  await send();
  await expect.poll(() => lines('tracing has a problem')).toHaveLength(1);
  expect(lines('tracing has a problem')[0]?.detail).toMatch(/could not deserialize response/);
  expect(lines('the collector takes no traces')).toEqual([]);
});

test.each(troubles)('with a collector that %s the receiver ends in time', async (_what, begin) => {
  const { collector, receiver, send, lines } = await setUp();
  await begin(collector);
  await send();
  // The promise is a time. What this machine does besides takes none of it.
  const now = () => performance.now() - queuedMs(process.pid);
  const startedAt = now();
  await receiver.stop();
  expect(now() - startedAt).toBeLessThan(3_500);
  expect(lines('the collector takes no traces').length + lines('the last spans are lost').length).toBe(1);
});

test('what does not fit into the queue is dropped, and that is told', async () => {
  const { collector, send, lines, receiver } = await setUp({ queueSize: 7 });
  collector.behaves = 'never answers';
  for (let n = 0; n < 20; n += 1) {
    expect((await send()).status).toBe(200);
  }
  await expect.poll(() => lines('the collector takes no traces')).toHaveLength(1);
  collector.behaves = 'takes';
  await send();
  await receiver.stop();
  expect(collector.spans.length).toBeLessThan(15);
  expect(lines('tracing has a problem')[0]?.detail).toMatch(
    /^Dropped \d+ spans because maxQueueSize reached/,
  );
});
