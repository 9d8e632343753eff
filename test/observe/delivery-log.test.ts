import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DeliveryLog } from '../../src/observe/delivery-log.ts';
import { type ReceiverSink, SinkError } from '../../src/ports/sink.ts';
import type { Delivery, Outcome } from '../../src/webhook/delivery.ts';
import type { Explanation } from '../../src/webhook/explain/explain-signature.ts';
import { Refusal, SignatureHeaderRefusal, SignatureMismatch } from '../../src/webhook/refusal.ts';
import { captureLog } from '../support/captured-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { delivery } from '../support/http-text.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestReceiver, type TestReceiver } from '../support/test-receiver.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const event = '{"eventId":"e"}';

/** Reads all log lines. The lines about invalid signatures are complete only after the receiver has stopped. */
async function readLines({ log, stop }: TestReceiver) {
  await stop();
  const linesOf = (message: string) => log.lines.filter(({ msg }) => msg === message);
  return { accepted: linesOf('delivery accepted'), refused: linesOf('delivery refused') };
}

test('the line of a refused delivery says who sent it, the line of an accepted one only in which trace', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const sender = {
    'x-forwarded-for': '203.0.113.7, 10.0.0.1',
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
  };
  await sendRaw(receiver.url, delivery(event, { ...sender, 'x-comapi-signature': '0'.repeat(40) }));
  await sendRaw(receiver.url, delivery(event, sender));
  const { accepted, refused } = await readLines(receiver);
  expect(refused).toMatchObject([
    { remoteAddress: '127.0.0.1', forwardedFor: '203.0.113.7, 10.0.0.1', traceId },
  ]);
  expect(accepted).toMatchObject([{ traceId }]);
  expect(accepted[0]).not.toHaveProperty('remoteAddress');
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

test('the line of an accepted delivery is these bytes', async () => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  const sentAt = performance.now();
  await sendRaw(receiver.url, delivery(`[${event},{}]`));
  expect(receiver.log.lines.at(-1)?.durationMs).toBeLessThanOrEqual(Math.ceil(performance.now() - sentAt));
  const line = receiver.log
    .text()
    .split('\n')
    .find((each) => each.includes('delivery accepted'));
  expect(line?.replace(/(?<="time":")[^"]+/, '').replace(/(?<="durationMs":)[\d.]+/, '')).toBe(
    '{"level":"info","time":"","webhook":"default","status":200,"reason":"ok","bodyBytes":20,"events":2,"stored":1,' +
      '"secret":"current","durationMs":,"deadLettered":{"no_key":1},"msg":"delivery accepted"}',
  );
});

test('the line of a delivery that went to the spool counts its events as spooled, not as stored', async () => {
  const store = createMemorySink();
  const append: ReceiverSink['append'] = async (records) =>
    records.flatMap(({ value }, index) =>
      value.includes('later') ? [{ index, reason: 'spooled' as const }] : [],
    );
  const receiver = await startTestReceiver({ sink: { ...store, append } });
  const later = '{"eventId":"later"}';
  const answer = await sendRaw(receiver.url, delivery(`[${event},${later},${later}]`));
  expect(answer).toMatchObject({ status: 200, body: '{"accepted":3,"deadLettered":0}' });
  expect((await readLines(receiver)).accepted).toMatchObject([{ events: 3, stored: 1, spooled: 2 }]);
});

test('unauthenticated clients do not take the lines of signed deliveries that fail', async () => {
  const sink = createMemorySink();
  const receiver = await startTestReceiver({ sink });
  const unsigned = delivery(event, { 'x-comapi-signature': undefined });
  await Promise.all(Array.from({ length: 100 }, () => sendRaw(receiver.url, unsigned)));
  sink.failure = new SinkError('sink_timeout', 'a test said so');
  await Promise.all(Array.from({ length: 5 }, () => sendRaw(receiver.url, delivery(event))));
  const { refused } = await readLines(receiver);
  const failed = refused.filter(({ secret }) => secret === 'current');
  expect(failed).toHaveLength(5);
  expect(failed[0]).toMatchObject({ reason: 'sink_timeout', suppressed: 0 });
});

test('a line has the duration in milliseconds, to a tenth', () => {
  const { lines, refuse } = setUp();
  refuse(new SignatureHeaderRefusal('missing'), 12.345);
  expect(lines).toMatchObject([{ durationMs: 12.3, cause: 'missing' }]);
});

test('what this program failed with is told as an error', () => {
  const { lines, refuse } = setUp();
  refuse(new Refusal('internal_error', 'a test said so'));
  expect(lines).toMatchObject([
    { level: 'error', msg: 'delivery failed', reason: 'internal_error', err: { message: 'a test said so' } },
  ]);
});

describe('within one second', () => {
  const [, most, spared] =
    /log lines: (\d+) a second, (\d+) of them for explained signatures/.exec(
      readFileSync('docs/security.md', 'utf8'),
    ) ?? [];

  test('unauthenticated clients cause as many lines as the page on security says, those of examined signatures among them', () => {
    const { lines, refuse, refuseMismatch } = setUp();
    for (let count = 0; count < 1_000; count += 1) {
      refuse(new SignatureHeaderRefusal('missing'));
      refuseMismatch({ cause: 'not_examined' });
    }
    expect(lines).toHaveLength(Number(most) - Number(spared));
    for (let count = 0; count < 100; count += 1) {
      refuseMismatch({ cause: 'mismatch' });
    }
    expect(lines).toHaveLength(Number(most));
    expect(lines.filter(({ cause }) => cause === 'mismatch')).toHaveLength(Number(spared));
  });

  test('unauthenticated clients do not take the lines of proven causes', () => {
    const { lines, refuseMismatch } = setUp();
    for (let count = 0; count < 100; count += 1) {
      refuseMismatch({ cause: 'mismatch' });
    }
    refuseMismatch({ cause: 'secret_of_other_webhook', secret: 'current', ofWebhook: 'chat' });
    expect(lines).toHaveLength(Number(most) + 1);
    expect(lines.at(-1)).toMatchObject({ ofSecret: 'current', ofWebhook: 'chat', suppressed: 0 });
    expect(lines.at(-1)).not.toHaveProperty('secret');
  });
});

test('what an examination failed with is in the line', () => {
  const { lines, refuse, refuseMismatch } = setUp();
  refuse(mismatch);
  expect(lines).toEqual([]);
  refuseMismatch({ cause: 'not_examined', err: new Error('a test said so') });
  expect(lines).toMatchObject([{ cause: 'not_examined', err: { message: 'a test said so' } }]);
});

const mismatch = new SignatureMismatch({ body: Buffer.from('{}'), digest: Buffer.alloc(20) });

/** Creates a log with a stopped clock. */
function setUp() {
  const { logger, lines } = captureLog();
  const log = new DeliveryLog(logger, createFakeClock());
  const toOutcome = (cause: Refusal): Outcome => ({
    ...{ code: cause.code, cause, bodyBytes: 2, received: 0, stored: 0, spooled: 0 },
    deadLettered: new Map(),
  });
  const sender = { remoteAddress: '192.0.2.1' };
  const answer = { webhook: 'w', delivery: { sender } as Delivery, status: 401, durationMs: 1 };
  return {
    lines,
    refuse: (cause: Refusal, durationMs = 1) => log.logAnswer(toOutcome(cause), { ...answer, durationMs }),
    refuseMismatch: (explanation: Explanation) => log.logMismatch(toOutcome(mismatch), answer, explanation),
  };
}
