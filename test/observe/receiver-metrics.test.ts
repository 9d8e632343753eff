import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { SinkError } from '../../src/ports/sink.ts';
import { createSampleEvent } from '../../src/tools/provider/sample-event.ts';
import { testEventName } from '../../src/webhook/test-events.ts';
import { delivery } from '../support/http-text.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestReceiver } from '../support/test-receiver.ts';
import { provideTool } from '../support/tools/provide-tool.ts';

const since = 'comapi_webhook_sink_unavailable_since_timestamp_seconds';

describe('the metrics of the receiver', () => {
  test('pass promtool check metrics', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    await sendRaw(receiver.url, delivery('[{"eventId":"e"},7]'));
    const input = await receiver.metrics();
    expect(input).toContain('comapi_webhook_events_total{webhook="default",outcome="stored"} 1');
    const promtool = await provideTool('promtool');
    // promtool exits with 3 and writes to standard error if it finds problems.
    expect(() => execFileSync(promtool, ['check', 'metrics'], { input, stdio: 'pipe' })).not.toThrow();
  });

  test('count in buckets whose bounds increase', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    await sendRaw(receiver.url, delivery('{"eventId":"e"}'));
    const bounds = Map.groupBy(
      (await receiver.metrics()).matchAll(/^(\w+)_bucket\{[^}]*le="([\d.]+)"/gm),
      ([, name]) => name,
    );
    expect(bounds.size).toBeGreaterThan(3);
    for (const [name, found] of bounds) {
      const numbers = [...new Set(found.map(([, , bound]) => Number(bound)))];
      expect(numbers, name).toEqual(numbers.toSorted((a, b) => a - b));
    }
  });

  test('say when the store stopped taking records, and the receiver stays ready and answers for itself', async () => {
    const sink = createMemorySink();
    const receiver = await startTestReceiver({ sink });
    expect(await receiver.metric(since)).toBe(0);
    expect(await receiver.ready()).toBe(true);

    sink.up = false;
    const before = Date.now() / 1000;
    expect(await receiver.metric(since)).toBeGreaterThanOrEqual(before - 1);
    expect(await receiver.ready()).toBe(true);
    const verbose = await (await fetch(`${receiver.managementUrl}/readyz?verbose`)).json();
    expect(verbose).toMatchObject({
      ready: true,
      checks: [
        { name: 'sink', ok: false, detail: 'a test switched it off' },
        { name: 'secrets', ok: true },
        { name: 'read-back', ok: true },
        { name: 'lifecycle', ok: true },
      ],
    });
    expect((await fetch(`${receiver.managementUrl}/livez`)).status).toBe(200);
    sink.failure = new SinkError('sink_unavailable', 'a test said so');
    const refused = await sendRaw(receiver.url, delivery('{"eventId":"a"}'));
    expect(refused.status).toBe(503);
    expect(refused.headers).toContain('Retry-After: 5');
    expect(
      await receiver.metric(
        'comapi_webhook_requests_total{webhook="default",status="503",reason="sink_unavailable"}',
      ),
    ).toBe(1);

    sink.failure = undefined;
    sink.up = true;
    expect((await sendRaw(receiver.url, delivery('{"eventId":"a"}'))).status).toBe(200);
    expect(await receiver.metric(since)).toBe(0);
    expect(await receiver.ready()).toBe(true);
  });

  test('say that a receiver is not ready before its store takes records', async () => {
    const sink = createMemorySink();
    sink.up = false;
    const receiver = await startTestReceiver({ sink });
    expect(await receiver.ready()).toBe(false);
    expect(await receiver.metric('comapi_webhook_ready')).toBe(0);
    sink.up = true;
    expect(await receiver.ready()).toBe(true);
    expect(await receiver.metric('comapi_webhook_ready')).toBe(1);
  });

  test('say since when nothing is stored although the sink calls itself up, until something is', async () => {
    const sink = createMemorySink();
    const receiver = await startTestReceiver({
      sink,
      env: { REQUEST_BUDGET_MS: '1500' },
    });
    const send = () => sendRaw(receiver.url, delivery('{"eventId":"a"}'));
    sink.failure = new SinkError('sink_timeout', 'no answer came');
    await expect
      .poll(async () => {
        await send();
        return receiver.metric(since);
      })
      .toBeGreaterThan(0);
    expect(await receiver.readiness()).toMatch(
      /nothing has been stored since 20.*sink_timeout: no answer came/,
    );
    expect(await receiver.ready()).toBe(true);
    sink.failure = undefined;
    await send();
    expect(await receiver.metric(since)).toBe(0);
    expect(await receiver.ready()).toBe(true);
  });

  test('balance: received is what was stored, dead-lettered and refused', async () => {
    const sink = createMemorySink();
    const receiver = await startTestReceiver({ sink });
    await sendRaw(receiver.url, delivery('[{"eventId":"a"},{"eventId":"b"},7]'));
    sink.failure = new SinkError('sink_timeout', 'a test said so');
    await sendRaw(receiver.url, delivery('[{"eventId":"a"},{"eventId":"b"}]'));
    const total = (outcome: string) =>
      receiver.metric(`comapi_webhook_events_total{webhook="default",outcome="${outcome}"}`);
    expect(await receiver.metric('comapi_webhook_events_received_total{webhook="default"}')).toBe(5);
    expect([await total('stored'), await total('dead_lettered'), await total('refused')]).toEqual([2, 1, 2]);
  });

  test('say when each registration last accepted a delivery: 0 before the first, and no refusal counts', async () => {
    const sink = createMemorySink();
    const receiver = await startTestReceiver({ sink });
    const lastAccepted = () =>
      receiver.metric('comapi_webhook_last_accepted_timestamp_seconds{webhook="default"}');
    expect(await receiver.metrics()).toContain(
      'comapi_webhook_last_accepted_timestamp_seconds{webhook="default"} 0',
    );
    sink.failure = new SinkError('sink_timeout', 'a test said so');
    await sendRaw(receiver.url, delivery('{"eventId":"a"}'));
    expect(await lastAccepted()).toBe(0);

    sink.failure = undefined;
    const before = Date.now() / 1000;
    await sendRaw(receiver.url, delivery('{"eventId":"a"}'));
    const accepted = await lastAccepted();
    expect(accepted).toBeGreaterThanOrEqual(before);
    await sendRaw(receiver.url, delivery('{"eventId":"a"}', { 'x-comapi-signature': undefined }));
    expect(await lastAccepted()).toBe(accepted);
  });

  test('count a test event by itself: its secret is not in use by the provider, and a refused one is no refused delivery', async () => {
    const sink = createMemorySink();
    const receiver = await startTestReceiver({ sink });
    const send = () =>
      sendRaw(receiver.url, delivery(JSON.stringify(createSampleEvent({ name: testEventName }))));
    await send();
    const verified = (result: string) =>
      receiver.metric(
        `comapi_webhook_signature_verifications_total{webhook="default",secret="current",result="${result}"}`,
      );
    expect([await verified('ok'), await verified('own')]).toEqual([0, 1]);
    sink.failure = new SinkError('sink_timeout', 'a test said so');
    await send();
    const refused = (name: string, labels: string) =>
      receiver.metric(`comapi_webhook_${name}_total{webhook="default",${labels},reason="sink_timeout"}`);
    expect(await refused('own_deliveries', 'event="test"')).toBe(1);
    expect(await refused('requests', 'status="503"')).toBe(0);
  });

  test('count what "send" posts by itself, and in the ledger; a delivery with any other event is the provider\'s', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const post = async (...names: readonly string[]) => {
      const events = names.map((name) => createSampleEvent({ name }));
      expect((await sendRaw(receiver.url, delivery(JSON.stringify(events)))).status).toBe(200);
    };
    const read = (series: string) => receiver.metric(`comapi_webhook_${series}`);
    const ok = 'requests_total{webhook="default",status="200",reason="ok"}';
    await post('webhook.test', 'webhook.test.message.sent');
    expect(await read('own_deliveries_total{webhook="default",event="test",reason="ok"}')).toBe(1);
    expect([await read(ok), await read('request_duration_seconds_count{webhook="default"}')]).toEqual([0, 0]);
    expect(await read('last_accepted_timestamp_seconds{webhook="default"}')).toBe(0);
    expect(await read('events_total{webhook="default",outcome="stored"}')).toBe(2);
    await post('webhook.test', 'message.sent');
    expect([await read(ok), await read('request_duration_seconds_count{webhook="default"}')]).toEqual([1, 1]);
  });

  test('measure verified deliveries only: an unauthenticated client hides no slow answer', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    await sendRaw(receiver.url, delivery('{"eventId":"a"}', { 'x-comapi-signature': '0'.repeat(40) }));
    expect(await receiver.metric('comapi_webhook_request_duration_seconds_count{webhook="default"}')).toBe(0);
  });

  test('have every answer and every secret in them before the first delivery', async () => {
    const receiver = await startTestReceiver({
      env: { WEBHOOK_SECRET_PREVIOUS: 'a-secret-that-nobody-signs-with' },
    });
    const metrics = await receiver.metrics();
    for (const series of [
      'comapi_webhook_requests_total{webhook="default",status="200",reason="ok"}',
      'comapi_webhook_requests_total{webhook="default",status="503",reason="sink_unavailable"}',
      'comapi_webhook_signature_verifications_total{webhook="default",secret="current",result="ok"}',
      'comapi_webhook_signature_verifications_total{webhook="default",secret="previous",result="ok"}',
    ]) {
      expect(metrics).toContain(`${series} 0`);
    }
  });
});
