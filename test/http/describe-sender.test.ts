import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { describeSender } from '../../src/http/describe-sender.ts';

const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: '192.0.2.1' });

test('gives the address of the connection alone when the request has nothing else', () => {
  expect(describeSender({ socket, headers: {} })).toEqual({ remoteAddress: '192.0.2.1' });
});

test('gives what the proxy says, cut to a bound, and the trace id', () => {
  const headers = {
    'x-forwarded-for': `203.0.113.9, ${'1'.repeat(1_000)}`,
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  };
  const { forwardedFor, traceId } = describeSender({ socket, headers });
  expect(forwardedFor).toMatch(/^203\.0\.113\.9, 1+$/);
  expect(forwardedFor).toHaveLength(200);
  expect(traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
});

test('gives no trace id of a header that is not well formed', () => {
  expect(describeSender({ socket, headers: { traceparent: 'a-b-c-d' } })).not.toHaveProperty('traceId');
});
