import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { ArrivingBody } from '../../src/http/arriving-body.ts';
import { HttpDelivery, type RequestLimits, readTraceparent } from '../../src/http/http-delivery.ts';
import { AdmissionGate } from '../../src/webhook/admission-gate.ts';

test('its time, and that of its body, begin when a request that is read now can have arrived', () => {
  const gate = new AdmissionGate({ maxBodyBytes: 1_000, maxInFlightBytes: 1_000, maxInFlightRequests: 1 });
  const endsAt: number[] = [];
  const limits = {
    ...{ maxBodyBytes: 1_000, requestBudgetMs: 8_000, bodyTimeoutMs: 5_000, loop: { unreadSince: 40 } },
    arriving: { add: (body: ArrivingBody) => endsAt.push(body.endsAt) },
  } as unknown as RequestLimits;
  const delivery = new HttpDelivery(webhook, new IncomingMessage(new Socket()), limits);
  void delivery.readBody(gate.admit(undefined));
  expect([delivery.deadline, endsAt]).toEqual([8_040, [5_040]]);
});

const topics = { events: 'e', deadLetter: 'd' };
const webhook = { name: 'w', path: '/', topics, secrets: () => ({ secrets: [], problems: [] }) };

function readSender(headers: Readonly<Record<string, string>>) {
  const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: '192.0.2.1' });
  const request = Object.assign(new IncomingMessage(socket), { headers });
  return new HttpDelivery(webhook, request, { loop: { unreadSince: 0 } } as RequestLimits).sender;
}

test('gives the address of the connection alone when the request has nothing else', () => {
  expect(readSender({})).toEqual({ remoteAddress: '192.0.2.1', scheme: 'http' });
});

test('gives what the proxy says, cut to a bound', () => {
  const { forwardedFor } = readSender({ 'x-forwarded-for': `203.0.113.9, ${'1'.repeat(1_000)}` });
  expect(forwardedFor).toMatch(/^203\.0\.113\.9, 1+$/);
  expect(forwardedFor).toHaveLength(200);
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
