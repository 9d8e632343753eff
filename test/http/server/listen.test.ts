import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type ListeningServer, listen, toListenError } from '../../../src/http/server/listen.ts';

const variables = { host: 'HTTP_HOST', port: 'HTTP_PORT' };

/** Sends requests on separate connections, from a thread that runs while the server's thread is blocked. */
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
    }).on('error', (error) => done(error.code)).on('finish', () => {
      Atomics.add(flag, 1, 1);
      Atomics.notify(flag, 1);
    }).end('x'.repeat(500));
  }
`;

async function startClient(port: number, count: number) {
  const flag = new Int32Array(new SharedArrayBuffer(8));
  const client = new Worker(clientCode, { eval: true, workerData: { port, flag, count } });
  onTestFinished(() => void client.terminate());
  await once(client, 'online');
  return {
    answered: once(client, 'message'),
    /** Blocks this thread, and thus the server, until all requests are queued in the kernel. */
    sendWhileStandingStill() {
      Atomics.store(flag, 0, 1);
      Atomics.notify(flag, 0);
      for (let sent = 0; sent < count; sent = Atomics.load(flag, 1)) {
        if (Atomics.wait(flag, 1, sent, 10_000) === 'timed-out') {
          throw new Error(`only ${sent} of ${count} requests were sent`);
        }
      }
    },
  };
}

function stopTime(): void {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
  });
  onTestFinished(() => void vi.useRealTimers());
}

test('a server that closes after its process stood still answers what came in meanwhile', async () => {
  const server = createServer((_request, response) => response.writeHead(503).end());
  const listening = await listen(
    { server, connections: new Set() },
    { host: '127.0.0.1', port: 0 },
    variables,
  );
  const count = 200;
  const client = await startClient(listening.port, count);
  // The time is stopped, so that the limit does not depend on how long this machine takes to accept the connections.
  stopTime();
  client.sendWhileStandingStill();
  const closed = listening.close(5_000);
  expect(await client.answered).toEqual([Array.from({ length: count }, () => 503)]);
  await closed;
});

test.runIf(process.platform === 'linux')('a busy server takes in many connections in a turn', async () => {
  const count = 200;
  const connections: unknown[] = [];
  const server = createServer((_request, response) => response.end());
  server.on('connection', (socket) => connections.push(socket));
  const listening = await listen(
    { server, connections: new Set() },
    { host: '127.0.0.1', port: 0 },
    variables,
  );
  const client = await startClient(listening.port, count);
  client.sendWhileStandingStill();
  let turns = 0;
  while (connections.length < count && turns < 1_000) {
    await nextTurn();
    turns += 1;
  }
  expect(connections).toHaveLength(count);
  expect(turns).toBeLessThan(count / 3);
  await client.answered;
  await listening.close(100);
});

test('a closed server takes no more connections, and no timer of its keeps the process', async () => {
  stopTime();
  const port = await listenOn('127.0.0.1', 0, (listening) => listening.close(100));
  expect(vi.getTimerCount()).toBe(0);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});

test('a client that has ended its side of the connection gets its answer', async () => {
  const port = await listenOn('127.0.0.1', 0);
  // The kernel distributes the connections, so any of the listening sockets may accept one.
  for (let count = 0; count < 5; count += 1) {
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    client.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await readText(client)).toMatch(/^HTTP\/1\.1 200 /);
  }
});

async function listenOn(host: string, port: number, use?: (listening: ListeningServer) => Promise<void>) {
  const server = createServer((_request, response) => void setImmediate(() => response.end()));
  onTestFinished(() => void server.close());
  const listening = await listen({ server, connections: new Set() }, { host, port }, variables);
  // An error after the server has started to listen is not a listen error, so it must not be ignored as one.
  expect(server.listenerCount('error')).toBe(0);
  await use?.(listening);
  return listening.port;
}

test('names the variable of a port that another process has', async () => {
  const port = await listenOn('127.0.0.1', 0);
  await expect(listenOn('127.0.0.1', port)).rejects.toThrow(
    expect.objectContaining({
      message: expect.stringContaining(
        `HTTP_PORT: port ${port} is used by another process. Stop that process, or set HTTP_PORT to another port`,
      ),
      cause: expect.objectContaining({ code: 'EADDRINUSE' }),
    }),
  );
});

test.each(['192.0.2.1', 'no-such-host.invalid'])('names the variable of the host %s', async (host) => {
  await expect(listenOn(host, 0)).rejects.toThrow(
    `HTTP_HOST: "${host}" is not an address of this machine. Use a local address, or :: for all interfaces.`,
  );
});

test.each([
  ['EACCES', 'HTTP_PORT: this user may not listen on port 80. Set HTTP_PORT to a port from 1024 to 65535.'],
  [
    'EAFNOSUPPORT',
    'HTTP_HOST: this machine does not support the address family of "::". Set HTTP_HOST to 0.0.0.0',
  ],
])('%s: %s', (code, text) => {
  const error = Object.assign(new Error('listen'), { code });
  const told = toListenError(error, { host: '::', port: 80 }, variables);
  expect(String(told)).toContain(text);
  expect((told as Error).cause).toBe(error);
});

test('leaves other errors as they are', () => {
  const error = Object.assign(new Error('listen EMFILE'), { code: 'EMFILE' });
  expect(toListenError(error, { host: '::', port: 80 }, variables)).toBe(error);
});

test('a closing server waits for answers, and not for connections that nobody uses any more', async () => {
  const server = createServer((_request, response) => void setTimeout(() => response.end(), 2_000));
  // Longer than the timeout of a test, so that the test fails if the server waits for this delay.
  const foreverMs = 3_600_000;
  server.keepAliveTimeout = foreverMs;
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => connections.add(socket));
  const listening = await listen({ server, connections }, { host: '127.0.0.1', port: 0 }, variables);
  const unused = connect(listening.port, '127.0.0.1').resume();
  const unusedEnds = once(unused, 'close');
  const answered = fetch(`http://127.0.0.1:${listening.port}/`);
  await expect.poll(() => connections.size).toBe(2);
  const closed = listening.close(foreverMs);
  await unusedEnds;
  expect((await answered).status).toBe(200);
  await closed;
});

test('what is not answered in time is cut', async () => {
  const connections = new Set<Socket>();
  const server = createServer(() => {});
  server.on('connection', (socket: Socket) => connections.add(socket));
  const listening = await listen({ server, connections }, { host: '127.0.0.1', port: 0 }, variables);
  const client = connect(listening.port, '127.0.0.1').on('error', () => {});
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(server, 'request');
  const closed = listening.close(100);
  await expect.poll(() => client.destroyed).toBe(true);
  await closed;
});
