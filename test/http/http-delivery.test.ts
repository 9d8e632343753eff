import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { ArrivingBody } from '../../src/http/arriving-body.ts';
import { HttpDelivery, type HttpDeliveryOptions, readTraceparent } from '../../src/http/http-delivery.ts';
import { AdmissionGate } from '../../src/webhook/admission-gate.ts';

test('its time, and that of its body, begin when a request that is read now can have arrived', () => {
  const gate = new AdmissionGate({ maxBodyBytes: 1_000, maxInFlightBytes: 1_000, maxInFlightRequests: 1 });
  const endsAt: number[] = [];
  const options = {
    ...{ gate, requestBudgetMs: 8_000, bodyTimeoutMs: 5_000, loop: { unreadSince: 40 } },
    arriving: { add: (body: ArrivingBody) => endsAt.push(body.endsAt) },
  } as unknown as HttpDeliveryOptions;
  const topics = { events: 'e', deadLetter: 'd' };
  const webhook = { name: 'w', path: '/', topics, secrets: () => ({ secrets: [], problems: [] }) };
  const delivery = new HttpDelivery(webhook, new IncomingMessage(new Socket()), options);
  void delivery.readBody(gate.admit(undefined));
  expect([delivery.deadline, endsAt]).toEqual([8_040, [5_040]]);
});

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('reads a valid header', () => {
  expect(readTraceparent({ traceparent })).toBe(traceparent);
});

test.each([
  undefined,
  '',
  traceparent.toUpperCase(),
  `${traceparent}-x`,
  traceparent.slice(1),
  traceparent.replace('00-', 'ff-'),
  `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
  `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`,
])('%s is none', (text) => {
  expect(readTraceparent(text === undefined ? {} : { traceparent: text })).toBeUndefined();
});
