import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { RepeatMemory } from '../../src/observe/arrival-metrics.ts';
import { SinkError } from '../../src/ports/sink.ts';
import { createSampleEvent } from '../../src/tools/provider/sample-event.ts';
import { testEventName } from '../../src/webhook/own-events.ts';
import { delivery } from '../support/http-text.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestReceiver } from '../support/test-receiver.ts';

describe('what is recorded and sent again shows', () => {
  const repeats = 'comapi_webhook_repeated_deliveries_total{webhook="default"}';
  const ageCount = (le: string | number) =>
    `comapi_webhook_event_age_seconds_bucket{le="${le}",webhook="default"}`;
  const eventAt = (id: string, timestamp?: string) => JSON.stringify({ eventId: id, timestamp });

  test('as repetitions of a body with the same signature, and not as those of one that was refused', async () => {
    const sink = createMemorySink();
    const receiver = await startTestReceiver({ sink });
    expect(await receiver.metric(repeats)).toBe(0);
    const send = (body: string, headers = {}) => sendRaw(receiver.url, delivery(body, headers));
    sink.failure = new SinkError('sink_timeout', 'a test said so');
    await send(eventAt('a'));
    await send(eventAt('a'));
    sink.failure = undefined;
    await send(eventAt('a'));
    await send(eventAt('b'));
    await send(eventAt('a'), { 'x-comapi-signature': '0'.repeat(40) });
    expect(await receiver.metric(repeats)).toBe(0);
    await send(eventAt('a'));
    await send(eventAt('a'));
    await send(eventAt('b'));
    expect(await receiver.metric(repeats)).toBe(3);
  });

  test('as the age of its events', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const send = (body: string) => sendRaw(receiver.url, delivery(body));
    const now = Date.now();
    await send(eventAt('new', new Date(now).toISOString()));
    await send(
      `[${eventAt('ahead', new Date(now + 60_000).toISOString())},${eventAt('other', '2024-01-01T00:00:00Z')}]`,
    );
    await send(eventAt('of two days ago', new Date(now - 2 * 86_400_000).toISOString()));
    await send(eventAt('of 2024', '2024-01-01T00:00:00+01:00'));
    await send(eventAt('without a time'));
    await send(eventAt('of no time', 'yesterday'));
    expect(await receiver.metric(ageCount(600))).toBe(2);
    expect(await receiver.metric(ageCount(86_400))).toBe(2);
    expect(await receiver.metric(ageCount(604_800))).toBe(3);
    expect(await receiver.metric(ageCount('+Inf'))).toBe(4);
  });

  test('and not of what is not the provider’s', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const own = JSON.stringify(createSampleEvent({ name: testEventName }));
    await sendRaw(receiver.url, delivery(own));
    await sendRaw(receiver.url, delivery(own));
    expect(await receiver.metric(ageCount('+Inf'))).toBe(0);
    expect(await receiver.metric(repeats)).toBe(0);
  });
});

test('the memory of bodies is bounded: the newest are known, in either case of the digits', () => {
  const memory = new RepeatMemory();
  const signatureOf = (index: number) => createHash('sha1').update(String(index)).digest('hex');
  for (let index = 0; index < 200_000; index += 1) {
    memory.add(signatureOf(index));
  }
  let known = 0;
  for (let index = 199_000; index < 200_000; index += 1) {
    known += Number(memory.add(signatureOf(index).toUpperCase()));
  }
  expect(known).toBeGreaterThan(970);
  expect(memory.add(signatureOf(-1))).toBe(false);
});
