import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { httpOnlyOptions } from '../../../src/http/server/http-only.ts';
import { openRaw } from '../../support/raw-request.ts';
import { waitUntil } from '../../support/wait-until.ts';

const head = (path: string) => `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`;
const chunks = (count: number, bytes = 1) =>
  `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`.repeat(count);

/** Starts a server that reads only the body of `/read`, and responds with its number of bytes. */
async function start() {
  const unread: IncomingMessage[] = [];
  const server = createServer(httpOnlyOptions, (request, response) => {
    if (request.url !== '/read') {
      unread.push(request);
      return;
    }
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', () => response.end(String(bytes)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, unread };
}

test('a connection is cut whose body has more than 64 chunks that nobody reads, and the next one is served', async () => {
  const { url, unread } = await start();
  const { socket, answer } = await openRaw(url, [head('/') + chunks(64)]);
  await waitUntil(() => unread[0]?.readableLength === 64, { timeoutMs: 30_000, what: 'they are there' });
  expect(unread[0]?.destroyed).toBe(false);
  socket.write(chunks(10_000));
  expect((await answer).status).toBeUndefined();
  expect(unread[0]?.readableLength).toBe(64);
  const next = await openRaw(url, [`${head('/read') + chunks(10_000)}0\r\n\r\n`]);
  expect(await next.answer).toMatchObject({ status: 200, body: '10000' });
});

test('an unread body in chunks of usual size waits', async () => {
  const { url, unread } = await start();
  const { socket } = await openRaw(url, [head('/') + chunks(100, 4_096)]);
  await waitUntil(() => Number(unread[0]?.readableLength) >= 65_536, {
    timeoutMs: 30_000,
    what: 'it is full',
  });
  expect(unread[0]?.destroyed).toBe(false);
  socket.destroy();
});
