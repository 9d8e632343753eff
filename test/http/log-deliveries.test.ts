import { expect, test } from 'vitest';
import { createCanaryBody } from '../../src/provider/canary/create-canary-body.ts';
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
  const canary = createCanaryBody('last', new Date());
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
