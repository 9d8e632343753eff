import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { EventLoopWatch } from '../../src/http/event-loop-watch.ts';

function standStill(milliseconds: number): void {
  const end = Date.now() + milliseconds;
  while (Date.now() < end) {}
}

/**
 * Sends requests one after another on separate connections, from a thread that runs while the server's thread is
 * blocked.
 */
const clientCode = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { connect } = require('node:net');
  const { port, count } = workerData;
  const sentBy = [];
  const send = () => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write('GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n');
      sentBy.push(Date.now());
    });
    socket.resume().on('close', () => (sentBy.length === count ? parentPort.postMessage(sentBy) : send()));
  };
  send();
`;

test('a request on a new connection came in after the time that the watch gives, however slow the process is', async () => {
  const watch = new EventLoopWatch(Date.now);
  onTestFinished(() => watch.stop());
  const server = createServer();
  onTestFinished(() => void server.close());
  const readAfter: number[] = [];
  server.on('request', (_request, response) => {
    readAfter.push(watch.unreadSince);
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Slows down every turn of the event loop.
  const slow = setInterval(() => standStill(60), 1);
  onTestFinished(() => clearInterval(slow));
  const { port } = server.address() as AddressInfo;
  const client = new Worker(clientCode, { eval: true, workerData: { port, count: 15 } });
  const [sentBy] = (await once(client, 'message')) as [number[]];
  await client.terminate();
  expect(readAfter).toHaveLength(15);
  expect(sentBy.map((ms, index) => Math.max(0, (readAfter[index] ?? ms) - ms))).toEqual(sentBy.map(() => 0));
});

test('an idle process knows it to a few hundredths of a second', async () => {
  const watch = new EventLoopWatch(Date.now);
  onTestFinished(() => watch.stop());
  await expect.poll(() => Date.now() - watch.unreadSince, { interval: 40 }).toBeLessThan(200);
});
