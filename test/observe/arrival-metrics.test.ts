import { describe, expect, test } from 'vitest';
import { createSampleEvent } from '../../src/tools/provider/sample-event.ts';
import { testEventName } from '../../src/webhook/test-events.ts';
import { delivery } from '../support/http-text.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestReceiver } from '../support/test-receiver.ts';

describe('what was recorded long ago and is sent again shows', () => {
  const ageCount = (le: string | number) =>
    `comapi_webhook_event_age_seconds_bucket{le="${le}",webhook="default"}`;
  const eventAt = (id: string, timestamp?: string) => JSON.stringify({ eventId: id, timestamp });

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
    expect(await receiver.metric(ageCount('+Inf'))).toBe(0);
  });
});
