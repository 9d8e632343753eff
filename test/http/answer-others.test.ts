import { describe, expect, test } from 'vitest';
import { createMemorySink } from '../support/memory-sink.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestReceiver } from '../support/test-receiver.ts';

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
