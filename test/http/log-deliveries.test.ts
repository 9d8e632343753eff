import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createDeliveryLog, describeSender, nameEvents } from '../../src/http/log-deliveries.ts';
import type { DecidedDelivery } from '../../src/http/webhook-route.ts';
import { SinkError } from '../../src/ports/sink.ts';
import { createCanaryBody } from '../../src/tools/provider/canary/run-canary.ts';
import { captureLog } from '../support/captured-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { delivery } from '../support/http-text.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestReceiver, type TestReceiver } from '../support/test-receiver.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const event = '{"eventId":"e"}';

/** Not those on signatures that were examined afterwards. */
const linesOfDeliveries = ({ log }: TestReceiver) =>
  log.lines.filter(({ msg }) => String(msg).startsWith('delivery '));

test('the line of a refused delivery says who sent it, the line of an accepted one only in which trace', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const sender = {
    'x-forwarded-for': '203.0.113.7, 10.0.0.1',
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
  };
  await sendRaw(receiver.url, delivery(event, { ...sender, 'x-comapi-signature': '0'.repeat(40) }));
  await sendRaw(receiver.url, delivery(event, sender));
  const lines = linesOfDeliveries(receiver);
  expect(lines).toMatchObject([
    {
      msg: 'delivery refused',
      remoteAddress: '127.0.0.1',
      forwardedFor: '203.0.113.7, 10.0.0.1',
      traceId,
    },
    { msg: 'delivery accepted', traceId },
  ]);
  expect(lines[1]).not.toHaveProperty('remoteAddress');
});

test('what a sender writes into its headers takes little room in the log', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const sender = { 'x-forwarded-for': 'x'.repeat(8_000), traceparent: 'y'.repeat(2_000) };
  await sendRaw(receiver.url, delivery(event, { ...sender, 'x-comapi-signature': undefined }));
  const [line] = receiver.log.lines.filter(({ msg }) => msg === 'delivery refused');
  expect(JSON.stringify(line).length).toBeLessThan(700);
  expect(line).not.toHaveProperty('traceId');
});

test('control characters of a sender are escaped', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const sender = { 'x-forwarded-for': '203.0.113.7 \u009b2J', 'x-comapi-signature': undefined };
  await sendRaw(receiver.url, delivery(event, sender));
  expect(receiver.log.text()).toMatch(/"forwardedFor":"203\.0\.113\.7 .?\\u009b2J"/);
});

test('a canary is marked, and only when its signature is good', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const canary = createCanaryBody({ mark: 'last', now: new Date(), bodyBytes: 0 });
  await sendRaw(receiver.url, delivery(canary));
  await sendRaw(receiver.url, delivery(canary, { 'x-comapi-signature': '0'.repeat(40) }));
  await sendRaw(receiver.url, delivery(event));
  const lines = linesOfDeliveries(receiver);
  expect(lines.map(({ msg, canary: mark }) => [msg, mark])).toEqual([
    ['delivery accepted', 'last'],
    ['delivery refused', undefined],
    ['delivery accepted', undefined],
  ]);
});

test('the line of an accepted delivery is these bytes', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  await sendRaw(receiver.url, delivery(`[${event},{}]`));
  const line = receiver.log
    .text()
    .split('\n')
    .find((each) => each.includes('delivery accepted'));
  expect(line?.replace(/(?<="time":")[^"]+/, '').replace(/(?<="durationMs":)[\d.]+/, '')).toBe(
    '{"level":"info","time":"","webhook":"default","status":200,"reason":"ok","bodyBytes":20,"events":2,"stored":1,' +
      '"secret":"current","durationMs":,"deadLettered":{"no_key":1},"msg":"delivery accepted"}',
  );
});

test('with LOG_EVENTS the line names the first events, also of a delivery that was not stored', async () => {
  const sink = createMemorySink();
  const receiver = await startTestReceiver({ sink, env: { LOG_EVENTS: '2' } });
  const events = ['a', 'b', 'c'].map(
    (id) => `{"eventId":"${id}","name":"message.sent","payload":{"messageId":"m-${id}","text":"content"}}`,
  );
  await sendRaw(receiver.url, delivery(`[${events.join()}]`));
  sink.failure = new SinkError('sink_timeout', 'a test said so');
  await sendRaw(receiver.url, delivery(`[${events.join()}]`));
  await sendRaw(receiver.url, delivery(`[${events.join()}]`, { 'x-comapi-signature': '0'.repeat(40) }));
  const lines = linesOfDeliveries(receiver);
  const firstEvents = [
    { ce_type: 'message.sent', ce_id: 'a', key: 'm-a' },
    { ce_type: 'message.sent', ce_id: 'b', key: 'm-b' },
  ];
  expect(lines).toMatchObject([{ status: 200, firstEvents }, { status: 503, firstEvents }, { status: 401 }]);
  expect(lines[2]).not.toHaveProperty('firstEvents');
  expect(receiver.log.text()).not.toContain('content');
});

test('strangers do not take the lines of signed deliveries that fail', async () => {
  const sink = createMemorySink();
  const receiver = await startTestReceiver({ sink });
  const unsigned = delivery(event, { 'x-comapi-signature': undefined });
  await Promise.all(Array.from({ length: 100 }, () => sendRaw(receiver.url, unsigned)));
  sink.failure = new SinkError('sink_timeout', 'a test said so');
  await Promise.all(Array.from({ length: 5 }, () => sendRaw(receiver.url, delivery(event))));
  const failed = linesOfDeliveries(receiver).filter(({ secret }) => secret === 'current');
  expect(failed).toHaveLength(5);
  expect(failed[0]).toMatchObject({ reason: 'sink_timeout', suppressed: 0 });
});

test('a line has the duration in milliseconds, to a tenth', () => {
  expect(logRefused([12.345]).map(({ durationMs }) => durationMs)).toEqual([12.3]);
});

test('refused deliveries add no more lines a second than the page on security says', () => {
  const [, most] = /lines of the log: (\d+) a second/.exec(readFileSync('docs/security.md', 'utf8')) ?? [];
  expect(logRefused(Array(1_000).fill(1))).toHaveLength(Number(most));
});

/** The lines of refused deliveries within one moment, which took so long. */
function logRefused(durationsMs: readonly number[]) {
  const log = captureLog();
  const observe = createDeliveryLog({ logger: log.logger, clock: createFakeClock(), eventsNamed: 0 });
  const outcome = { code: 'bad_signature', bodyBytes: 2, received: 0, stored: 0, deadLettered: new Map() };
  for (const durationMs of durationsMs) {
    const request: DecidedDelivery['request'] = { socket, headers: {} };
    observe(outcome as never, { webhook: 'w', delivery: {} as never, status: 401, durationMs, request });
  }
  return log.lines;
}

const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: '192.0.2.1' });

test('gives the address of the connection alone when the request has nothing else', () => {
  expect(describeSender({ socket, headers: {} })).toEqual({ remoteAddress: '192.0.2.1' });
});

test('gives what the proxy says, cut to a bound', () => {
  const headers = {
    'x-forwarded-for': `203.0.113.9, ${'1'.repeat(1_000)}`,
  };
  const sender = describeSender({ socket, headers });
  expect(sender.forwardedFor).toMatch(/^203\.0\.113\.9, 1+$/);
  expect(sender.forwardedFor).toHaveLength(200);
});

const eventOf = (key: string | null, id = 'e') => ({
  topic: 't',
  key,
  value: Buffer.from('{"text":"content"}'),
  headers: { ce_type: 'message.delivered', ce_id: id, ce_subject: 'subject' },
});

test('an event has its name, its id and its key, and nothing else', () => {
  expect(nameEvents([eventOf('m')], 5)).toEqual([{ ce_type: 'message.delivered', ce_id: 'e', key: 'm' }]);
});

test('the first ones are named, up to a number', () => {
  const named = nameEvents([eventOf('a', '1'), eventOf('b', '2'), eventOf('c', '3')], 2);
  expect(named?.map((each) => each.ce_id)).toEqual(['1', '2']);
});

test.each([
  '447911123456',
  '+447911123456',
  '+44 (0)7911 123-456',
  'tel:+44.7911.123456',
  'a.person@example.com',
])('the key %s may be a person’s, and is left out', (key) => {
  expect(nameEvents([eventOf(key)], 1)).toEqual([{ ce_type: 'message.delivered', ce_id: 'e' }]);
});

test.each(['1e2feb89-414c-443c-9027-c4d1c386bbc4', '123456', 'conversation-20261127', 'm'])(
  'the key %s is shown',
  (key) => {
    expect(nameEvents([eventOf(key)], 1)).toMatchObject([{ key }]);
  },
);
