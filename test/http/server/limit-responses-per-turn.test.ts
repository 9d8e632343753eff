import { once } from 'node:events';
import { createServer } from 'node:http';
import { Worker } from 'node:worker_threads';
import Koa from 'koa';
import { expect, test } from 'vitest';
import { limitResponsesPerTurn } from '../../../src/http/server/limit-responses-per-turn.ts';
import { listen } from '../../../src/http/server/listen.ts';

/**
 * Keeps one request in flight on each of many connections, from a separate thread, and records which connections get
 * responses.
 */
const floodCode = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { connect } = require('node:net');
  const { port, connections, requests } = workerData;
  let sent = 0;
  let answered = 0;
  let foreign = 0;
  for (let opened = 0; opened < connections; opened += 1) {
    const socket = connect(port, '127.0.0.1');
    let expected;
    const send = () => {
      if (sent < requests) {
        sent += 1;
        expected = '/' + sent;
        socket.write('GET ' + expected + ' HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n');
      }
    };
    socket.on('connect', send);
    socket.on('data', (data) => {
      answered += 1;
      foreign += data.toString().endsWith('\\r\\n\\r\\n' + expected) ? 0 : 1;
      if (answered === requests) {
        parentPort.postMessage({ answered, foreign });
      }
      send();
    });
  }
`;

test('who is answered at once and sends again does not keep the event loop from its timers', async () => {
  const connections = 1_500;
  const requests = 40_000;
  const app = new Koa();
  let inTurn = 0;
  let most = 0;
  app.use(limitResponsesPerTurn()).use((ctx) => {
    if (inTurn === 0) {
      setImmediate(() => {
        most = Math.max(most, inTurn);
        inTurn = 0;
      });
    }
    inTurn += 1;
    ctx.body = ctx.path;
  });
  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response));
  const listening = await listen(
    { server, connections: new Set() },
    { host: '127.0.0.1', port: 0 },
    { host: 'HTTP_HOST', port: 'HTTP_PORT' },
  );
  const flood = new Worker(floodCode, {
    eval: true,
    workerData: { port: listening.port, connections, requests },
  });

  expect(await once(flood, 'message')).toEqual([{ answered: requests, foreign: 0 }]);
  await flood.terminate();
  await listening.close(0);
  // Each connection sends one request. If it gets the first response immediately, it sends a second one.
  expect(most).toBeLessThanOrEqual(connections + 256);
  expect(most).toBeGreaterThan(256);
});
