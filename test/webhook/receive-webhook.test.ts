import { expect, onTestFinished, test, vi } from 'vitest';
import { createIsoClock, systemClock } from '../../src/runtime/clock.ts';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { AdmissionGate } from '../../src/webhook/admission-gate.ts';
import type { FailedEvents } from '../../src/webhook/delivery.ts';
import { EventFields } from '../../src/webhook/event-fields.ts';
import { receiveWebhook } from '../../src/webhook/receive-webhook.ts';
import { createSignatureCheck } from '../../src/webhook/verify-signature.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { testSecret } from '../support/test-receiver.ts';

test('what the program fails on is a dead letter of that event alone, counted and told', async () => {
  const error = new Error('a test said so');
  class FailingRules extends Map<string, readonly (readonly string[])[]> {
    override get(family: string) {
      if (family === 'evil') {
        throw error;
      }
      return super.get(family);
    }
  }
  const keyRules = { families: new FailingRules([['good', [['id']]]]), otherwise: [] };
  const good = '{"name":"good.one","id":"a"}';
  const evil = '{"name":"evil.one","id":"b"}';
  const body = Buffer.from(`[${evil},${good},${evil}]`);
  const sink = createMemorySink();
  const failures: FailedEvents[] = [];
  const times = [40_000, 40_007];
  const now = vi.spyOn(performance, 'now').mockImplementation(() => times.shift() ?? 50_000);
  onTestFinished(() => now.mockRestore());

  const outcome = await receiveWebhook(
    {
      webhook: {
        name: 'w',
        path: '/',
        topics: { events: 't', deadLetter: 'd' },
        secrets: () => ({ secrets: [{ label: 'current', value: testSecret }], problems: [] }),
      },
      signature: signBody(body, testSecret),
      declaredBytes: body.length,
      contentEncoding: undefined,
      traceparent: undefined,
      deadline: 100_000,
      readBody: async () => body,
    },
    {
      gate: new AdmissionGate({ maxBodyBytes: 1e6, maxInFlightBytes: 1e6, maxInFlightRequests: 10 }),
      sink,
      verifySignature: createSignatureCheck(),
      eventFields: new EventFields(keyRules),
      recordRules: { keyRules, recordHeaders: {} },
      isoNow: createIsoClock(systemClock),
      observeOnly: (_webhook, run) => run(),
      observeReceived: () => {},
      observeFailure: (failed) => failures.push(failed),
    },
  );

  expect(outcome).toMatchObject({ code: 'ok', received: 3, stored: 1, appendMs: 7 });
  expect(outcome.deadLettered).toEqual(new Map([['unexpected_error', 2]]));
  expect(sink.records.map(({ value, headers }) => [value.toString(), headers['batch-index']])).toEqual([
    [good, undefined],
    [evil, '0'],
    [evil, '2'],
  ]);
  expect(failures).toEqual([{ webhook: 'w', events: 2, err: error }]);
});
