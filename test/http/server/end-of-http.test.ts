import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { httpOnlyOptions } from '../../../src/http/server/http-only.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { oddRequests } from '../../support/odd-requests.ts';
import { startTestReceiver } from '../../support/test-receiver.ts';

const smuggled = 'GET /webhook HTTP/1.1\r\nHost: x\r\n\r\n';
const upgrade = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: foo\r\n';

/**
 * Returns the statuses of all responses, followed by `closed` if the server closes the connection. Returns `open`
 * instead if it is still open `openMs` after the first response.
 */
async function exchange(url: string, parts: readonly string[], openMs = 60_000): Promise<readonly string[]> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.on('data', (data) => {
    text += data.toString('latin1');
  });
  socket.on('error', () => {});
  const closed = once(socket, 'close').then(() => 'closed');
  const answered = new Promise((resolve) => socket.once('data', resolve));
  for (const part of parts) {
    socket.write(part);
    await delay(50);
  }
  const end = await Promise.race([closed, answered.then(() => delay(openMs, 'open'))]);
  return [...[...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status ?? ''), end];
}

test.each([
  ['CONNECT', `CONNECT a:1 HTTP/1.1\r\nHost: x\r\nContent-Length: ${smuggled.length}\r\n\r\n`],
  ['CONNECT without a body', 'CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['CONNECT with chunks', 'CONNECT a:1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['Upgrade with gzip', `POST /webhook HTTP/1.1\r\n${upgrade}Transfer-Encoding: gzip\r\n\r\n`],
  ['Upgrade with identity', `POST /webhook HTTP/1.1\r\n${upgrade}Transfer-Encoding: identity\r\n\r\n`],
  ['Upgrade with xchunked', `GET /webhook HTTP/1.1\r\n${upgrade}Transfer-Encoding: xchunked\r\n\r\n`],
  ['Upgrade with gzip in chunks', `POST / HTTP/1.1\r\n${upgrade}Transfer-Encoding: gzip, chunked\r\n\r\n`],
])('%s ends the connection, and its body is not read as the next request', async (_name, head) => {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  expect(await exchange(receiver.url, [head, smuggled])).toEqual(['closed']);
  expect(await exchange(receiver.url, [head + smuggled])).toEqual(['closed']);
});

test('what node:http would answer by itself gets what the table of docs/security.md says', async () => {
  const { url } = await startTestReceiver({ sink: createMemorySink() });
  const got = oddRequests.map(async ({ name, text, gets }) => {
    const openMs = gets.includes('open') ? 1_000 : undefined;
    return [name, await exchange(url, [text], openMs)] as const;
  });
  const expected = oddRequests.map(({ name, gets }) => [name, gets] as const);
  const withoutHost = exchange(url, ['GET / HTTP/1.1\r\n\r\n'], 1_000);
  expect(Object.fromEntries(await Promise.all(got))).toEqual(Object.fromEntries(expected));
  expect(await withoutHost).toEqual(['200', 'open']);
});

/** Returns how node:http interprets a request, both with its own request class and with the product's. */
async function interpretRequest(options: object, text: string): Promise<unknown> {
  const seen: unknown[] = [];
  const server = createServer({ requireHostHeader: false, ...options });
  const note = (event: string) => (request: IncomingMessage & { upgrade?: boolean }) =>
    seen.push([event, request.method, request.upgrade, request.headers]);
  server.on('request', (request, response) => {
    note('request')(request);
    request.resume().on('end', () => response.end(`${request.method}`));
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    note('connect')(request);
    socket.end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { answers: await exchange(url, [text], 1_000), seen };
}

test('node:http on the public port takes a request for what the parser takes it for', async () => {
  const texts = {
    GET: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    POST: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc',
    Upgrade: `GET / HTTP/1.1\r\n${upgrade}\r\n`,
    'Upgrade with a body': `POST / HTTP/1.1\r\n${upgrade}Content-Length: 3\r\n\r\nabc`,
    CONNECT: 'CONNECT a:1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc',
    'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  };
  const interpretAll = async (options: object) =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(texts).map(async ([name, text]) => [name, await interpretRequest(options, text)]),
      ),
    );
  const [own, node] = await Promise.all([interpretAll(httpOnlyOptions), interpretAll({})]);
  expect(own).toEqual(node);
});
