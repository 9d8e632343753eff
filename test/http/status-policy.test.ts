import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { HttpConfig } from '../../src/config/http-config.ts';
import { SinkError } from '../../src/ports/sink.ts';
import { chunkedDelivery, delivery, deliveryHead } from '../support/http-text.ts';
import { inVirtualTime } from '../support/in-virtual-time.ts';
import { createMemorySink, type MemorySink } from '../support/memory-sink.ts';
import { openRaw, sendRaw } from '../support/raw-request.ts';
import { startTestReceiver, type TestReceiver } from '../support/test-receiver.ts';

const event = (id: string, more = '') =>
  `{"eventId":"e-${id}","name":"message.sent","payload":{"messageId":"m-${id}"},"revision":1${more}}`;
const events = (count: number) => Array.from({ length: count }, (_unused, index) => event(String(index)));
const nest = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const notUtf8 = Buffer.concat([Buffer.from('{"eventId":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
const maxBodyBytes = 2_000_000;

interface Case {
  readonly name: string;
  readonly request: readonly (string | Buffer)[];
  readonly http?: Partial<HttpConfig>;
  readonly prepare?: (sink: MemorySink) => void;
  readonly status: number;
  readonly reason?: string;
  /** Values of the records on the events topic. */
  readonly stored?: readonly (string | Buffer)[];
  /** Values and reasons of the records on the dead-letter topic. */
  readonly deadLettered?: readonly (readonly [string | Buffer, string])[];
  /** Number of verified events that were refused. */
  readonly refused?: number;
}

const cases: readonly Case[] = [
  { name: 'a signed event', request: delivery(event('1')), status: 200, stored: [event('1')] },
  {
    name: 'a signed event in chunks',
    request: chunkedDelivery(event('1'), 7),
    status: 200,
    stored: [event('1')],
  },
  {
    name: 'a signed event without a Host header',
    request: delivery(event('1'), { host: undefined }),
    status: 200,
    stored: [event('1')],
  },
  {
    name: 'a signed event that offers HTTP/2',
    request: delivery(event('1'), { connection: 'Upgrade', upgrade: 'h2c' }),
    status: 200,
    stored: [event('1')],
  },
  {
    name: 'a signed event that expects something unknown',
    request: delivery(event('1'), { expect: 'x' }),
    status: 200,
    stored: [event('1')],
  },
  { name: 'a batch', request: delivery(`[${events(3).join(', ')}]`), status: 200, stored: events(3) },
  { name: '500 events', request: delivery(`[${events(500).join(',')}]`), status: 200, stored: events(500) },
  { name: 'an empty array', request: delivery('[]'), status: 200, stored: [] },
  {
    name: 'no signature',
    request: delivery(event('1'), { 'x-comapi-signature': undefined }),
    status: 401,
    reason: 'no_signature',
  },
  {
    name: 'a wrong signature',
    request: delivery(event('1'), { 'x-comapi-signature': '0'.repeat(40) }),
    status: 401,
    reason: 'bad_signature',
  },
  {
    name: 'a signature that is not one',
    request: delivery(event('1'), { 'x-comapi-signature': 'sha1=abc' }),
    status: 401,
    reason: 'bad_signature',
  },
  {
    name: 'a body that was changed on the way',
    request: [deliveryHead(Buffer.from(event('1'))), event('2')],
    status: 401,
    reason: 'bad_signature',
  },
  {
    name: 'a body over the limit, declared',
    request: [deliveryHead(Buffer.alloc(maxBodyBytes + 1))],
    status: 413,
    reason: 'too_large',
  },
  {
    name: 'a body over the limit, streamed',
    request: chunkedDelivery(Buffer.alloc(maxBodyBytes + 1, ' '), 65_536),
    status: 413,
    reason: 'too_large',
  },
  {
    name: 'a body that stops in the middle',
    request: [deliveryHead(Buffer.from(event('1'))), event('1').slice(0, 20)],
    http: { bodyTimeoutMs: 150 },
    status: 408,
    reason: 'body_timeout',
  },
  {
    name: 'a compressed body',
    request: delivery(gzipSync(event('1')), { 'content-encoding': 'gzip' }),
    status: 415,
    reason: 'unsupported_encoding',
  },
  { name: 'an empty body', request: delivery(''), status: 200, deadLettered: [['', 'not_json']] },
  {
    name: 'text that is not JSON',
    request: delivery('event=1'),
    status: 200,
    deadLettered: [['event=1', 'not_json']],
  },
  {
    name: 'a batch with bad elements',
    request: delivery(`[${event('1')},7,{"name":"x"},null,${event('2')}]`),
    status: 200,
    stored: [event('1'), event('2')],
    deadLettered: [
      ['7', 'not_object'],
      ['{"name":"x"}', 'no_key'],
      ['null', 'not_object'],
    ],
  },
  {
    name: 'a nesting of 200,000 beside a good neighbour',
    request: delivery(`[${event('1', `,"deep":${nest(200_000)}`)},${event('2')}]`),
    status: 200,
    stored: [event('2')],
    deadLettered: [[event('1', `,"deep":${nest(200_000)}`), 'too_deep']],
  },
  {
    name: 'an event of very many values',
    request: delivery(`[${event('1', `,"x":[${'{},'.repeat(100_000)}0]`)},${event('2')}]`),
    status: 200,
    stored: [event('2')],
    deadLettered: [[event('1', `,"x":[${'{},'.repeat(100_000)}0]`), 'too_many_values']],
  },
  {
    name: 'bytes that are not UTF-8',
    request: delivery(notUtf8),
    status: 200,
    deadLettered: [[notUtf8, 'not_utf8']],
  },
  { name: 'a byte order mark', request: delivery(`\ufeff${event('1')}`), status: 200, stored: [event('1')] },
  {
    name: 'numbers past 2^53 and trailing zeros',
    request: delivery(event('1', ',"n":9007199254740993,"z":1.500')),
    status: 200,
    stored: [event('1', ',"n":9007199254740993,"z":1.500')],
  },
  {
    name: 'an event that the store never takes',
    request: delivery(`[${event('1')},${event('2')}]`),
    prepare: (sink) => {
      sink.reject = ({ key }) => (key === 'm-1' ? 'too_large' : undefined);
    },
    status: 200,
    stored: [event('2')],
    deadLettered: [[event('1'), 'too_large']],
  },
  {
    name: 'a dead letter that the store never takes',
    request: delivery('x'),
    prepare: (sink) => {
      sink.reject = () => 'rejected_by_broker';
    },
    status: 503,
    reason: 'dead_letter_refused',
    refused: 1,
  },
  {
    name: 'a store that fails in a way that nobody expected',
    request: delivery(event('1')),
    prepare: (sink) => {
      sink.append = () => Promise.reject(new TypeError('a test said so'));
    },
    status: 500,
    reason: 'internal_error',
    refused: 1,
  },
  ...(['sink_unavailable', 'sink_timeout', 'sink_full', 'sink_unroutable', 'sink_closed'] as const).map(
    (code) => ({
      name: `a store that says ${code}`,
      request: delivery(`[${event('1')},${event('2')}]`),
      prepare: (sink: MemorySink) => {
        sink.failure = new SinkError(code, 'a test said so');
      },
      status: 503,
      reason: code,
      refused: 2,
    }),
  ),
];

describe('every way a delivery can go', () => {
  test.each(cases)('$name: $status $reason', async (row) => {
    const sink = createMemorySink();
    const receiver = await startTestReceiver({
      sink,
      http: { maxBodyBytes, ...row.http },
    });
    row.prepare?.(sink);

    const answer = await sendRaw(receiver.url, row.request);

    const { status, reason = 'ok', stored = [], deadLettered = [], refused = 0 } = row;
    expect(answer.status).toBe(status);
    const valuesOn = (topic: string) =>
      sink.records.filter((record) => record.topic === topic).map(({ value }) => value);
    expect(valuesOn('comapi.events')).toEqual(stored.map((value) => Buffer.from(value as string)));
    expect(valuesOn('comapi.events.dead-letter')).toEqual(
      deadLettered.map(([value]) => Buffer.from(value as string)),
    );
    expect(sink.records.flatMap(({ headers }) => headers.reason ?? [])).toEqual(
      deadLettered.map(([, deadReason]) => deadReason),
    );
    if (status === 200) {
      expect(JSON.parse(answer.body)).toEqual({ accepted: stored.length, deadLettered: deadLettered.length });
    }
    expect(answer.headers.includes('Retry-After: 5')).toBe(status === 503);
    await expectMetrics(receiver, {
      status,
      reason,
      stored: stored.length,
      deadLettered: deadLettered.length,
      refused,
    });
  });

  test('overload: one more than the limit is 503, and the place is free again afterwards', async () => {
    const sink = createMemorySink();
    const held = Promise.withResolvers<void>();
    sink.gate = held.promise;
    const receiver = await startTestReceiver({ sink, http: { maxInFlightRequests: 1 } });
    const first = sendRaw(receiver.url, delivery(event('1')));
    await expect.poll(() => receiver.metric('comapi_webhook_in_flight_requests')).toBe(1);

    expect(await sendRaw(receiver.url, delivery(event('2')))).toMatchObject({ status: 503 });
    held.resolve();
    expect(await first).toMatchObject({ status: 200 });
    expect(await sendRaw(receiver.url, delivery(event('3')))).toMatchObject({ status: 200 });
    expect(await receiver.metric('comapi_webhook_in_flight_bytes')).toBe(0);
  });

  test('overload: a body without a declared length is counted as it arrives', async () => {
    const sink = createMemorySink();
    const held = Promise.withResolvers<void>();
    sink.gate = held.promise;
    const http = { maxBodyBytes: 2_048, maxInFlightBytes: 2_048 };
    const receiver = await startTestReceiver({ sink, http });
    const first = sendRaw(receiver.url, delivery(event('1', `,"more":"${'x'.repeat(1_500)}"`)));
    await expect.poll(() => receiver.metric('comapi_webhook_in_flight_bytes')).toBeGreaterThan(1_500);

    const second = await sendRaw(receiver.url, chunkedDelivery(Buffer.alloc(1_000, ' '), 100));
    expect(second).toMatchObject({ status: 503, body: '{"error":"overloaded"}' });
    held.resolve();
    expect(await first).toMatchObject({ status: 200 });
    expect(await receiver.metric('comapi_webhook_in_flight_bytes')).toBe(0);
  });

  test('overload: bodies that are announced and not sent keep out no genuine delivery', async () => {
    const receiver = await startTestReceiver({
      sink: createMemorySink(),
      http: { maxBodyBytes: 2_048, maxInFlightBytes: 2_048, maxInFlightRequests: 1 },
    });
    const idle = await Promise.all(
      [1, 2, 3].map(() =>
        openRaw(receiver.url, [
          'POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 2048\r\n' +
            `X-Comapi-Signature: ${'0'.repeat(40)}\r\n\r\n{`,
        ]),
      ),
    );
    expect(await sendRaw(receiver.url, delivery(event('1')))).toMatchObject({ status: 200 });
    for (const { socket } of idle) {
      expect(socket.destroyed).toBe(false);
      socket.destroy();
    }
  });

  test('draining: a delivery in flight is finished, a later one on an open connection is 503', async () => {
    const sink = createMemorySink();
    const held = Promise.withResolvers<void>();
    sink.gate = held.promise;
    const receiver = await startTestReceiver({ sink });
    const first = sendRaw(receiver.url, delivery(event('1')));
    const [head = '', body = ''] = delivery(event('2'));
    const late = await openRaw(receiver.url, [String(head).slice(0, 10)]);
    await expect.poll(() => receiver.metric('comapi_webhook_in_flight_requests')).toBe(1);

    const stopped = receiver.stop();
    await expect.poll(() => receiver.ready()).toBe(false);
    late.socket.write(String(head).slice(10));
    late.socket.write(body);
    expect(await late.answer).toMatchObject({ status: 503, body: '{"error":"draining"}' });
    expect(sink.isClosed).toBe(false);
    held.resolve();
    expect(await first).toMatchObject({ status: 200 });
    await stopped;
  });

  test('between its signal and its end it serves on, and sends each connection elsewhere', () =>
    inVirtualTime(async () => {
      const receiver = await startTestReceiver({
        sink: createMemorySink(),
        env: { SHUTDOWN_DELAY_MS: '5000' },
      });
      const stopped = receiver.stop();
      await delay(4_900);
      const answer = await sendRaw(receiver.url, delivery(event('1')));
      await stopped;
      expect(answer).toMatchObject({ status: 200, headers: expect.stringContaining('Connection: close') });
    }));

  test('a delivery whose sender goes away counts as aborted and stores nothing', async () => {
    const sink = createMemorySink();
    const receiver = await startTestReceiver({ sink });
    const [head = ''] = delivery(event('1'));
    const { socket } = await openRaw(receiver.url, [head, '{"']);
    socket.destroy();
    await expect
      .poll(() =>
        receiver.metric('comapi_webhook_requests_total{webhook="default",status="503",reason="aborted"}'),
      )
      .toBe(1);
    expect(sink.records).toEqual([]);
  });

  test('bytes that are not HTTP are never answered with 400', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const broken = chunkedDelivery(event('1')).map((part) => (part === '0\r\n\r\n' ? 'zz\r\n' : part));
    for (const request of [['no http at all\r\n\r\n'], broken]) {
      expect((await sendRaw(receiver.url, request)).status).toBe(503);
    }
  });

  const other = (start: string, ...headers: string[]) =>
    `${start} HTTP/1.1\r\nHost: x\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`;

  test.each(['GET', 'HEAD', 'OPTIONS', 'PUT'])(
    '%s with a body hears no 2xx, and is the last request',
    async (method) => {
      const receiver = await startTestReceiver({ sink: createMemorySink() });
      for (const body of [
        [other(`${method} /webhook`, 'Content-Length: 3'), 'abc'],
        [other(`${method} /`, 'Transfer-Encoding: chunked'), '3\r\nabc\r\n0\r\n\r\n'],
      ]) {
        const { status, headers } = await sendRaw(receiver.url, body);
        expect(status).toBe(413);
        expect(headers).toMatch(/^connection: close$/im);
      }
    },
  );

  test('a delivery that was swallowed by an unfinished request hears no 2xx', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    for (const start of ['GET /webhook', 'GET /', 'HEAD /webhook', 'OPTIONS /webhook', 'PUT /x']) {
      const { status } = await sendRaw(receiver.url, [`${start} HTTP/1.1\r\nX: `, ...delivery(event('1'))]);
      expect(status).toBeGreaterThan(401);
    }
  });

  test('the answer to a request that offers another protocol is the last one of its connection', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const upgrade = { connection: 'Upgrade', upgrade: 'h2c' };
    const { status, headers } = await sendRaw(receiver.url, delivery(event('1'), upgrade));
    expect(status).toBe(200);
    expect(headers).toMatch(/^connection: close$/im);
  });

  test('targets that are no URL are 404, counted, and write no log', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const targets = [
      'http://[::1',
      'http://a b',
      '//[',
      'http://x:99999999/',
      '*',
      'x',
      'http://%zz/webhook',
    ];
    for (const method of ['GET', 'POST']) {
      for (const target of targets) {
        const { status } = await sendRaw(receiver.url, [other(`${method} ${target}`)]);
        expect([404, 503], `${method} ${target}`).toContain(status);
      }
    }
    expect(receiver.log.text()).not.toContain('request failed');
  });
});

async function expectMetrics(
  receiver: TestReceiver,
  expected: { status: number; reason: string; stored: number; deadLettered: number; refused: number },
): Promise<void> {
  const { status, reason, stored, deadLettered, refused } = expected;
  const metric = (name: string, labels: string) =>
    receiver.metric(`comapi_webhook_${name}{webhook="default"${labels}}`);
  expect(await metric('requests_total', `,status="${status}",reason="${reason}"`)).toBe(1);
  expect(await metric('events_total', ',outcome="stored"')).toBe(stored);
  expect(await metric('events_total', ',outcome="dead_lettered"')).toBe(deadLettered);
  expect(await metric('events_total', ',outcome="refused"')).toBe(refused);
  expect(await metric('events_received_total', '')).toBe(stored + deadLettered + refused);
}
