import { expect, onTestFinished, test, vi } from 'vitest';
import { readTracesConfig, type TracesConfig } from '../../../src/config/traces-config.ts';
import { openDeliveryTraces } from '../../../src/observe/tracing/trace-deliveries.ts';
import { SinkError } from '../../../src/ports/sink.ts';
import type { Env } from '../../../src/runtime/config-error.ts';
import { version } from '../../../src/runtime/version.ts';
import type { Delivery, Outcome } from '../../../src/webhook/delivery.ts';
import type { DeliveryResponse } from '../../../src/webhook/observers.ts';
import { captureLog } from '../../support/captured-log.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { delivery } from '../../support/http-text.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { type CollectedSpan, startCollector } from '../../support/otlp-collector.ts';
import { sendRaw } from '../../support/raw-request.ts';
import { startTestReceiver } from '../../support/test-receiver.ts';

const event = '{"eventId":"e","name":"message.sent","payload":{"messageId":"m"},"revision":1}';
const traceId = '0af7651916cd43dd8448eb211c80319c';
const parentSpanId = 'b7ad6b7169203331';
const sampled = `00-${traceId}-${parentSpanId}-01`;
const forged = { 'x-comapi-signature': '0'.repeat(40) };

async function setUp(env: Env = {}) {
  const collector = await startCollector();
  const sink = createMemorySink();
  const receiver = await startTestReceiver({
    sink,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...env },
  });
  const send = (headers?: Readonly<Record<string, string>>, body = event) =>
    sendRaw(receiver.url, delivery(body, headers));
  /** Returns the spans, sorted by name, after the receiver has stopped. */
  async function readSpans(): Promise<readonly CollectedSpan[]> {
    await receiver.stop();
    return collector.spans;
  }
  const loggedTraces = () =>
    receiver.log.lines.flatMap(({ msg, traceId: id }) => (String(msg).startsWith('delivery') ? [id] : []));
  return { collector, sink, receiver, send, readSpans, loggedTraces };
}

const serverSpans = (spans: readonly CollectedSpan[]) =>
  spans.filter(({ kind }) => kind === 'SPAN_KIND_SERVER');

test('a delivery is a server span, and the store is one below it', async () => {
  const { send, readSpans, sink, loggedTraces } = await setUp();
  expect((await send(undefined, `[${event},7]`)).status).toBe(200);

  const [server, ...others] = serverSpans(await readSpans());
  expect(others).toEqual([]);
  expect(server).toMatchObject({
    name: 'POST /webhook',
    parentSpanId: '',
    status: { code: 'STATUS_CODE_UNSET' },
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/webhook',
      'http.response.status_code': 200,
      'http.request.body.size': event.length + 4,
      'url.path': '/webhook',
      'url.scheme': 'http',
      'network.peer.address': '127.0.0.1',
      'comapi_webhook.name': 'default',
      'comapi_webhook.reason': 'ok',
      'comapi_webhook.events.received': 2,
      'comapi_webhook.events.stored': 1,
      'comapi_webhook.events.dead_lettered': 1,
    },
    resource: {
      'service.name': 'comapi-webhook-receiver',
      'service.version': version,
      'telemetry.sdk.language': 'nodejs',
    },
  });
  const below = (await readSpans()).filter(({ parentSpanId: parent }) => parent === server?.spanId);
  expect(below.map(({ name, kind }) => [name, kind])).toEqual([['store', 'SPAN_KIND_INTERNAL']]);
  const { startMs = 0, endMs = 0 } = server ?? {};
  const times = [startMs, ...below.flatMap((store) => [store.startMs, store.endMs]), endMs];
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(Math.abs(Date.now() - endMs)).toBeLessThan(10_000);
  const traceparent = `00-${server?.traceId}-${server?.spanId}-01`;
  expect(sink.records.map(({ headers }) => headers.traceparent)).toEqual([traceparent, traceparent]);
  expect(loggedTraces()).toEqual([server?.traceId]);
});

test('the trace of the request is continued, and its span is the one that records name', async () => {
  const { send, readSpans, sink, loggedTraces } = await setUp({ KAFKA_BROKERS: 'localhost:9' });
  await send({ traceparent: sampled, tracestate: 'vendor=1' });

  const [server] = serverSpans(await readSpans());
  expect(server).toMatchObject({ traceId, parentSpanId, traceState: 'vendor=1' });
  expect(sink.records[0]?.headers.traceparent).toBe(`00-${traceId}-${server?.spanId}-01`);
  const topic = sink.records[0]?.topic;
  expect((await readSpans()).find(({ kind }) => kind === 'SPAN_KIND_CLIENT')).toMatchObject({
    name: `store ${topic}`,
    attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': topic },
  });
  expect(loggedTraces()).toEqual([traceId]);
});

test('a request that says it is not sampled makes no spans, and records name its trace as not sampled', async () => {
  const { send, readSpans, sink } = await setUp();
  await send({ traceparent: sampled.replace(/1$/, '0') });
  expect(await readSpans()).toEqual([]);
  expect(sink.records[0]?.headers.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
});

test.each([
  ['traceidratio', '0', sampled, 0],
  ['parentbased_traceidratio', '0', sampled, 1],
  ['parentbased_traceidratio', '0', '', 0],
  ['parentbased_traceidratio', '1.0', '', 1],
])('%s with %s of a request with "%s" makes %i server spans', async (sampler, ratio, traceparent, count) => {
  const { send, readSpans } = await setUp({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio });
  await send({ traceparent });
  expect(serverSpans(await readSpans())).toHaveLength(count);
});

test('a store that fails is an error with the reason, and so is an answer of 5xx, but not one of 4xx', async () => {
  const { send, readSpans, sink } = await setUp();
  await send(forged);
  sink.failure = new SinkError('sink_unavailable', 'no broker');
  await send();

  const all = await readSpans();
  const failed = all.filter(({ status }) => status.code === 'STATUS_CODE_ERROR');
  expect(failed.map(({ name, status }) => [name, status.message])).toEqual([
    ['store', 'sink_unavailable'],
    ['POST /webhook', 'sink_unavailable'],
  ]);
  expect(failed.map(({ attributes }) => attributes['error.type'])).toEqual(
    failed.map(({ status }) => status.message),
  );
  expect(serverSpans(all).map(({ attributes }) => attributes['http.response.status_code'])).toEqual([
    401, 503,
  ]);
});

test('unauthenticated clients make at most ten spans a second, and displace none of a verified delivery', async () => {
  const { send, readSpans } = await setUp();
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    for (let n = 0; n < 15; n += 1) {
      await send({ ...forged, traceparent: sampled });
    }
    await send();
  } finally {
    vi.useRealTimers();
  }
  const reasons = serverSpans(await readSpans()).map(({ attributes }) => attributes['comapi_webhook.reason']);
  expect(reasons).toEqual([...Array(10).fill('bad_signature'), 'ok']);
});

test('a trace that fails leaves the delivery as it is, and is told once a minute', async () => {
  const log = captureLog();
  const clock = createFakeClock();
  const { url } = await startCollector();
  const config = readTracesConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: url }, []) as TracesConfig;
  const deps = { storeKind: 'kafka', clock, logger: log.logger };
  const traces = openDeliveryTraces(config, deps);
  onTestFinished(() => traces.close());
  const broken = {} as Delivery;
  traces.begin(broken);
  traces.begin(broken);
  traces.end({} as Outcome, undefined as unknown as DeliveryResponse);
  expect(broken).toEqual({});
  const line = { level: 'warn', msg: expect.stringContaining('tracing failed') };
  expect(log.lines).toMatchObject([{ ...line, suppressed: 0 }]);
  for (const ms of [59_999, 1]) {
    clock.advance(ms);
    traces.begin(broken);
  }
  expect(log.lines).toMatchObject([line, { ...line, suppressed: 3 }]);
});

test('the start says where traces go', async () => {
  const { collector, receiver } = await setUp();
  const started = receiver.log.lines.find(({ audit }) => audit === 'started');
  expect(started).toMatchObject({ traces: `${collector.url}/v1/traces` });
});
