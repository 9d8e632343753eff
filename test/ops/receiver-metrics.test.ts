import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { SinkError } from '../../src/sink/sink-error.ts';
import { delivery } from '../support/http-text.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestReceiver } from '../support/test-receiver.ts';
import { provideTool } from '../support/tools/provide-tool.ts';

describe('the metrics of the receiver', () => {
  test('pass promtool check metrics', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    await sendRaw(receiver.url, delivery('[{"eventId":"e"},7]'));
    const input = await receiver.metrics();
    expect(input).toContain('comapi_webhook_events_total{webhook="default",outcome="stored"} 1');
    const promtool = await provideTool('promtool');
    // promtool exits with 3 and lines on standard error when it finds fault.
    expect(() => execFileSync(promtool, ['check', 'metrics'], { input, stdio: 'pipe' })).not.toThrow();
  });

  test('say when the store stopped taking records, and readiness follows', async () => {
    const sink = createMemorySink();
    const receiver = await startTestReceiver({ sink });
    expect(await receiver.metric('comapi_webhook_sink_up')).toBe(1);
    expect(await receiver.metric('comapi_webhook_sink_unavailable_since_timestamp_seconds')).toBe(0);
    expect(await receiver.ready()).toBe(true);

    sink.up = false;
    const before = Date.now() / 1000;
    expect(await receiver.metric('comapi_webhook_sink_up')).toBe(0);
    expect(
      await receiver.metric('comapi_webhook_sink_unavailable_since_timestamp_seconds'),
    ).toBeGreaterThanOrEqual(before - 1);
    expect(await receiver.ready()).toBe(false);
    const verbose = await (await fetch(`${receiver.managementUrl}/readyz?verbose`)).json();
    expect(verbose).toMatchObject({
      ready: false,
      checks: [
        { name: 'sink', ok: false },
        { name: 'secrets', ok: true },
        { name: 'lifecycle', ok: true },
      ],
    });
    expect((await fetch(`${receiver.managementUrl}/livez`)).status).toBe(200);
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
});
