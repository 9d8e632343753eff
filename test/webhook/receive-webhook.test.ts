import { expect, onTestFinished, test, vi } from 'vitest';
import { SinkError } from '../../src/ports/sink.ts';
import { createIsoClock, systemClock } from '../../src/runtime/clock.ts';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { AdmissionGate } from '../../src/webhook/admission-gate.ts';
import type { Delivery } from '../../src/webhook/delivery.ts';
import { EventFields } from '../../src/webhook/event-fields.ts';
import type { KeyRules } from '../../src/webhook/key-rules.ts';
import type { PlannedDeadLetter, RecordPlan } from '../../src/webhook/plan-records.ts';
import { receiveWebhook } from '../../src/webhook/receive-webhook.ts';
import { SignatureCheck } from '../../src/webhook/verify-signature.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { silentObservers } from '../support/silent-observers.ts';
import { testSecret } from '../support/test-receiver.ts';

/** Receives one delivery, and returns its outcome and all observations. */
async function receive(
  text: string,
  { given, failure, families }: { given?: Partial<Delivery>; failure?: SinkError } & Partial<KeyRules> = {},
) {
  const body = Buffer.from(text);
  const sink = createMemorySink();
  sink.failure = failure;
  const gate = new AdmissionGate({ maxBodyBytes: 1e6, maxInFlightBytes: 1e6, maxInFlightRequests: 10 });
  const steps: unknown[] = [];
  const deadLetters: PlannedDeadLetter[] = [];
  const times = [40_000, 40_007];
  const now = vi.spyOn(performance, 'now').mockImplementation(() => times.shift() ?? 50_000);
  onTestFinished(() => now.mockRestore());
  const keyRules = { families: families ?? new Map(), otherwise: [] };
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
      onVerified: () => steps.push('verified'),
      sender: { remoteAddress: undefined, forwardedFor: undefined, tracestate: undefined, scheme: 'http' },
      readBody: async () => body,
      ...given,
    },
    {
      gate,
      sink: {
        ...sink,
        append(records, deadline) {
          steps.push([gate.inFlightRequests, gate.inFlightBytes]);
          return sink.append(records, deadline);
        },
      },
      signatureCheck: new SignatureCheck(),
      eventFields: new EventFields(keyRules),
      recordRules: { keyRules, recordHeaders: { own: 'header' } },
      isoNow: createIsoClock(systemClock),
      observers: {
        ...silentObservers,
        observeEvents(plan: RecordPlan) {
          steps.push([plan.facts.webhook, plan.events.length + plan.deadLetters.length]);
          deadLetters.push(...plan.deadLetters);
        },
      },
    },
  );
  expect(gate).toMatchObject({ inFlightRequests: 0, inFlightBytes: 0 });
  return { outcome, steps, errors: deadLetters.map(({ error }) => error), records: sink.records };
}

test('what the program fails on is a dead letter of that event alone, counted and told', async () => {
  const errors: Error[] = [];
  class FailingRules extends Map<string, readonly (readonly string[])[]> {
    override get(family: string) {
      if (family === 'evil') {
        throw errors[errors.push(new Error(`a test said so ${errors.length}`)) - 1];
      }
      return super.get(family);
    }
  }
  const families = new FailingRules([['good', [['id']]]]);
  const good = '{"name":"good.one","id":"a"}';
  const evil = '{"name":"evil.one","id":"b"}';
  const { outcome, errors: found, records } = await receive(`[${evil},${good},${evil}]`, { families });
  expect(outcome).toMatchObject({ code: 'ok', received: 3, stored: 1, appendMs: 7 });
  expect(outcome.deadLettered).toEqual(new Map([['unexpected_error', 2]]));
  expect(records.map(({ value, headers }) => [value.toString(), headers['batch-index']])).toEqual([
    [good, undefined],
    [evil, '0'],
    [evil, '2'],
  ]);
  expect(found).toEqual(errors);
  expect((await receive(evil, { families })).errors).toEqual(errors.slice(2));
});

test('holds its place, and what its records cost, while the store has them, and says what came of it', async () => {
  const body = '[{"eventId":"a"},{}]';
  const { outcome, steps, errors, records } = await receive(body);
  expect(steps).toEqual(['verified', ['w', 2], [1, 2_048]]);
  expect(records.map(({ headers }) => headers.own)).toEqual(['header', 'header']);
  expect(outcome).toEqual({
    ...{
      code: 'ok',
      bodyBytes: body.length,
      received: 2,
      stored: 1,
      spooled: 0,
      secret: 'current',
      appendStartedAt: 40_000,
      appendMs: 7,
    },
    ...{ events: records.slice(0, 1), deadLettered: new Map([['no_key', 1]]) },
  });
  // The sender caused this dead letter, so it is not reported as a failure of the program.
  expect(errors).toEqual([undefined]);
});

const failure = new SinkError('sink_timeout', 'a test said so');

test.each([
  [{ given: { signature: undefined } }, { code: 'no_signature', bodyBytes: 0, received: 0 }],
  [{ given: { contentEncoding: 'gzip' } }, { code: 'unsupported_encoding', bodyBytes: 0, received: 0 }],
  [{ given: { readBody: () => Promise.reject(failure) } }, { code: 'sink_timeout', bodyBytes: 0 }],
  [{ given: { readBody: () => Promise.reject(new Error()) } }, { code: 'internal_error', bodyBytes: 0 }],
  [{ failure }, { code: 'sink_timeout', bodyBytes: 15, received: 1, cause: failure, secret: 'current' }],
])('%j: refused with what is known by then, and nothing is stored', async (options, expected) => {
  const { outcome } = await receive('{"eventId":"a"}', options);
  expect(outcome).toMatchObject({ ...expected, stored: 0 });
});

test.each([
  ['{"eventId":"a","name":"webhook.test"}', 'test'],
  ['[{"eventId":"a","name":"webhook.test"},{"eventId":"b","name":"message.sent"}]', undefined],
  ['[{"eventId":"a","name":"message.sent"},{"eventId":"b","name":"webhook.test"}]', undefined],
  ['[{"eventId":"a","name":"webhook.test"},7]', undefined],
])('%s is of our own: %s', async (body, own) => {
  expect((await receive(body)).outcome.own).toBe(own);
});
