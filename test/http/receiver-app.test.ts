import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestReceiver, temporaryDirectory } from '../support/test-receiver.ts';

const secrets = { sms: 'the secret of the sms registration', chat: 'the secret of the chat registration' };
const body = '{"eventId":"e"}';

/** A receiver with two registrations. */
async function start() {
  const file = join(temporaryDirectory(), 'webhooks.json');
  const registrations = Object.entries(secrets).map(([name, secret]) => ({
    name,
    path: `/in/${name}`,
    secret,
  }));
  writeFileSync(file, JSON.stringify(registrations));
  const sink = createMemorySink();
  const receiver = await startTestReceiver({ sink, env: { WEBHOOK_SECRET: '', WEBHOOKS_FILE: file } });
  const deliver = async (path: string, secret: keyof typeof secrets = 'sms') => {
    const headers = { 'x-comapi-signature': signBody(Buffer.from(body), secrets[secret]) };
    return (await fetch(receiver.url + path, { method: 'POST', headers, body })).status;
  };
  const webhooksOf = () => sink.records.map(({ headers }) => headers.webhook);
  return { receiver, sink, deliver, webhooksOf };
}

test('each registration has its path and its secret', async () => {
  const { deliver, webhooksOf } = await start();
  expect([await deliver('/in/sms', 'sms'), await deliver('/in/chat', 'chat')]).toEqual([200, 200]);
  expect([await deliver('/in/sms', 'chat'), await deliver('/in/chat', 'sms')]).toEqual([401, 401]);
  expect(webhooksOf()).toEqual(['sms', 'chat']);
});

test('what follows a question mark is no part of the path', async () => {
  const { deliver, webhooksOf } = await start();
  expect(await deliver('/in/sms?path=/in/chat')).toBe(200);
  expect(webhooksOf()).toEqual(['sms']);
});

test.each([
  ['/in/SMS', 404],
  ['/in/sms/', 404],
  ['//in/sms', 404],
  ['/in/sm%73', 404],
  ['/in', 404],
  ['/in/sms/more', 404],
  ['/webhook', 404],
  ['/', 405],
])('a good delivery to %s is answered %i, and nothing is stored', async (path, status) => {
  const { deliver, sink, receiver } = await start();
  expect(await deliver(path)).toBe(status);
  expect(sink.records).toEqual([]);
  expect(await receiver.metric(`comapi_webhook_other_requests_total{status="${status}"}`)).toBe(1);
});

test.each([
  ['PUT', '/in/sms', 405, 'POST, HEAD, GET'],
  ['DELETE', '/in/sms', 405, 'POST, HEAD, GET'],
  ['POST', '/', 405, 'HEAD, GET'],
  ['OPTIONS', '/in/sms', 200, 'POST, HEAD, GET'],
  ['HEAD', '/in/sms', 200, null],
  ['DELETE', '/elsewhere', 404, null],
])('%s %s is answered %i and allows %s', async (method, path, status, allowed) => {
  const { receiver } = await start();
  const response = await fetch(receiver.url + path, { method });
  expect([response.status, response.headers.get('allow')]).toEqual([status, allowed]);
  // Nobody can take it for the answer to a delivery.
  expect(await response.text()).not.toContain('accepted');
});

function request(line: string, ...headers: readonly string[]): string {
  return `${[line, 'Host: a', ...headers].join('\r\n')}\r\n\r\n`;
}

async function startAndSend(text: string) {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  return { receiver, answer: await sendRaw(receiver.url, [text]) };
}

describe('a request that is no delivery', () => {
  test.each([
    [request('GET / HTTP/1.1'), 200],
    [request('GET /nothing HTTP/1.1'), 404],
    [request('DELETE /webhook HTTP/1.1'), 405],
    [request('GET http://elsewhere/ HTTP/1.1'), 200],
    [request('OPTIONS * HTTP/1.1'), 404],
  ])('%j is answered %i, and the connection stays', async (text, status) => {
    const { receiver, answer } = await startAndSend(text);
    expect(answer.status).toBe(status);
    expect(answer.headers).not.toContain('Connection: close');
    expect(await receiver.metric(`comapi_webhook_other_requests_total{status="${status}"}`)).toBe(1);
  });

  test.each([
    ['of the right form', 'a'.repeat(40), 1],
    ['of another form', 'guess', 0],
  ])('a POST to a wrong path with a signature %s counts as misdirected: %s', async (_, signature, count) => {
    const { receiver, answer } = await startAndSend(
      request('POST /webhok HTTP/1.1', `X-Comapi-Signature: ${signature}`, 'Content-Length: 0'),
    );
    expect(answer.status).toBe(404);
    expect(await receiver.metric('comapi_webhook_misdirected_deliveries_total')).toBe(count);
  });

  test.each([
    request('GET / HTTP/1.1', 'Content-Length: 5'),
    request('GET /webhook HTTP/1.1', 'Transfer-Encoding: chunked'),
  ])('%j has a body: it is answered 413, and the connection ends', async (text) => {
    const { answer } = await startAndSend(text);
    expect(answer.status).toBe(413);
    expect(answer.headers).toContain('Connection: close');
  });

  test('with an upgrade is answered as one without, and the connection ends', async () => {
    const { answer } = await startAndSend(request('GET / HTTP/1.1', 'Connection: Upgrade', 'Upgrade: h2c'));
    expect(answer.status).toBe(200);
    expect(answer.headers).toContain('Connection: close');
  });
});
