import { once } from 'node:events';
import { createServer } from 'node:http';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { closeServer, listen } from '../../src/http/listen.ts';

/** Sends requests on connections of their own, from a thread that runs while the server's does not. */
const clientCode = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { request } = require('node:http');
  const { port, flag, count } = workerData;
  Atomics.wait(flag, 0, 0);
  const outcomes = [];
  for (let sent = 0; sent < count; sent += 1) {
    const done = (outcome) => outcomes.push(outcome) === count && parentPort.postMessage(outcomes);
    request({ port, host: '127.0.0.1', method: 'POST', agent: false }, (response) => {
      response.resume().on('end', () => done(response.statusCode));
    }).on('error', (error) => done(error.code)).end('x'.repeat(500));
  }
`;

test('a server that closes after its process stood still answers what came in meanwhile', async () => {
  const server = createServer((_request, response) => response.writeHead(503).end());
  const port = await listen(server, { host: '127.0.0.1', port: 0 });
  const flag = new Int32Array(new SharedArrayBuffer(8));
  const count = 50;
  const client = new Worker(clientCode, { eval: true, workerData: { port, flag, count } });
  onTestFinished(() => void client.terminate());
  await once(client, 'online');
  const answered = once(client, 'message');
  const closed = new Promise<void>((resolve) => {
    setTimeout(() => void closeServer(server, 5_000).then(resolve), 50);
  });

  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
  // This thread, and with it the server, stands still; the requests pile up in the kernel.
  Atomics.wait(flag, 1, 0, 500);

  expect(await answered).toEqual([Array.from({ length: count }, () => 503)]);
  await closed;
});

test('a closed server takes no more connections', async () => {
  const server = createServer((_request, response) => response.end());
  const port = await listen(server, { host: '127.0.0.1', port: 0 });
  await closeServer(server, 100);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});
