import { expect, test } from 'vitest';
import { createCanaryBody } from '../../src/provider/canary/run-canary.ts';
import { SinkError } from '../../src/sink/sink.ts';
import { delivery } from '../support/http-text.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestReceiver } from '../support/test-receiver.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const event = '{"eventId":"e"}';

test('the line of a refused delivery says who sent it, the line of an accepted one does not', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const sender = {
    'x-forwarded-for': '203.0.113.7, 10.0.0.1',
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
  };
  await sendRaw(receiver.url, delivery(event, { ...sender, 'x-comapi-signature': '0'.repeat(40) }));
  await sendRaw(receiver.url, delivery(event, sender));
  const lines = receiver.log.lines.filter(({ webhook }) => webhook === 'default');
  expect(lines).toMatchObject([
    {
      msg: 'delivery refused',
      remoteAddress: '127.0.0.1',
      forwardedFor: '203.0.113.7, 10.0.0.1',
      traceId,
    },
    { msg: 'delivery accepted' },
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
  const lines = receiver.log.lines.filter(({ webhook }) => webhook === 'default');
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
  const lines = receiver.log.lines.filter(({ webhook }) => webhook === 'default');
  const firstEvents = [
    { ce_type: 'message.sent', ce_id: 'a', key: 'm-a' },
    { ce_type: 'message.sent', ce_id: 'b', key: 'm-b' },
  ];
  expect(lines).toMatchObject([{ status: 200, firstEvents }, { status: 503, firstEvents }, { status: 401 }]);
  expect(lines[2]).not.toHaveProperty('firstEvents');
  expect(receiver.log.text()).not.toContain('content');
});
