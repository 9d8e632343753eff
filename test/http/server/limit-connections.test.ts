import { execFileSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  limitConnections,
  markAuthenticated,
  toMaxConnections,
} from '../../../src/http/server/limit-connections.ts';
import { limitPipelining } from '../../../src/http/server/limit-pipelining.ts';
import { waitUntil } from '../../support/wait-until.ts';

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const getSigned = 'GET /signed HTTP/1.1\r\nHost: x\r\n\r\n';
const getLater = 'GET /later HTTP/1.1\r\nHost: x\r\n\r\n';

/**
 * Starts a server that responds immediately to all paths except `/later`. A request to any path except `/` marks its
 * connection as proven, as a verified delivery does.
 */
async function start(maxConnections: number) {
  const later: ServerResponse[] = [];
  const server = createServer(
    { connectionsCheckingInterval: 100 },
    limitPipelining((request, response) => {
      if (request.url !== '/') {
        markAuthenticated(request.socket);
      }
      if (request.url === '/later') {
        later.push(response);
      } else {
        response.end('ok');
      }
    }),
  );
  const connections = limitConnections(server, maxConnections);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;

  async function open(text: string): Promise<Socket> {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('error', () => {});
    socket.resume();
    onTestFinished(() => void socket.destroy());
    const happens = (event: string) => new Promise((resolve) => socket.once(event, resolve));
    await Promise.race([happens('close'), happens(text === get || text === getSigned ? 'data' : 'ready')]);
    return socket;
  }

  return { server, connections, later, open };
}

test('of those that have proved themselves the one goes whose last good signature is the oldest', async () => {
  const { connections, later, open } = await start(4);
  const waiting = await open(getLater);
  await waitUntil(() => later.length === 1, { timeoutMs: 30_000, what: 'the request is there' });
  const again = await open(getSigned);
  const early = await open(getSigned);
  const last = await open(getSigned);
  again.write(getSigned);
  await new Promise((resolve) => again.once('data', resolve));
  const next = await open(getSigned);
  await waitUntil(() => early.destroyed, { timeoutMs: 30_000, what: 'the idle one is closed' });
  expect([waiting, again, last, next].map(({ destroyed }) => destroyed)).toEqual(Array(4).fill(false));
  expect(connections.size).toBe(4);
});

test('proved ones do not keep newcomers out: these have a quarter of the places', async () => {
  const { open } = await start(8);
  const proved: Socket[] = [];
  while (proved.length < 8) {
    proved.push(await open(getSigned));
  }
  const newcomers = [await open(get), await open(get), await open(get)];
  await waitUntil(() => newcomers[0]?.destroyed === true, { timeoutMs: 30_000, what: 'a newcomer goes' });
  expect(proved.map(({ destroyed }) => destroyed)).toEqual([true, true, ...Array(6).fill(false)]);
  expect(newcomers.slice(1).map(({ destroyed }) => destroyed)).toEqual([false, false]);
});

test('a new one is refused when all others wait for an answer, and let in later', async () => {
  const { open, later } = await start(2);
  const held = [await open(getLater), await open(getLater)];
  await waitUntil(() => later.length === 2, { timeoutMs: 30_000, what: 'the requests are there' });
  const refused = await open(get);
  await waitUntil(() => refused.destroyed, { timeoutMs: 30_000, what: 'the new one is refused' });
  expect(held.map(({ destroyed }) => destroyed)).toEqual([false, false]);
  held[0]?.destroy();
  await waitUntil(async () => !(await open(get)).destroyed, { timeoutMs: 30_000, what: 'one is let in' });
});

test('near the limit a request has two seconds to arrive, and its usual time afterwards', async () => {
  const { server, open } = await start(4);
  const usual = [server.headersTimeout, server.requestTimeout];
  const slow = await Promise.all(Array.from({ length: 4 }, () => open('POST / HTTP/1.1\r\nX: ')));
  await waitUntil(() => slow.every(({ destroyed }) => destroyed), { timeoutMs: 30_000, what: 'all are cut' });
  await waitUntil(() => server.headersTimeout !== 2_000, { timeoutMs: 30_000, what: 'it has recovered' });
  expect([server.headersTimeout, server.requestTimeout]).toEqual(usual);
  expect((await open(get)).destroyed).toBe(false);
});

/**
 * A fake socket. With real sockets, a test cannot control the order of accepting, reading and timers in a busy
 * event-loop turn.
 */
class FakeSocket extends EventEmitter {
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function startFake(maxConnections: number) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const server = Object.assign(new EventEmitter(), { headersTimeout: 5_000, requestTimeout: 5_000 });
  limitConnections(server as unknown as Server, maxConnections);
  return (count: number) =>
    Array.from({ length: count }, () => {
      const socket = new FakeSocket();
      server.emit('connection', socket);
      return socket;
    });
}

test('one that proves itself in the turn in which it was accepted stays, however many come', () => {
  const accept = startFake(8);
  const [sender] = accept(1);
  const crowd = accept(30);
  markAuthenticated(sender as unknown as Socket);
  vi.advanceTimersByTime(10);
  expect(sender?.destroyed).toBe(false);
  expect(crowd.map(({ destroyed }) => destroyed)).toEqual([...Array(23).fill(true), ...Array(7).fill(false)]);
});

test('connections that have ended in the same turn take no place', () => {
  const accept = startFake(8);
  const crowd = accept(8);
  // This socket is in the state of a socket that the client has closed, so the server removes it at the end of the
  // turn.
  Object.assign(crowd[7] ?? {}, { destroyed: true });
  const [newcomer] = accept(1);
  vi.advanceTimersByTime(10);
  expect([newcomer, ...crowd.slice(0, 7)].map((socket) => socket?.destroyed)).toEqual(Array(8).fill(false));
});

const tls = { certFile: 'cert.pem', keyFile: 'key.pem' };
const memory = 512 * 1024 * 1024;

test('connections get a part of the memory, TLS ones are dearer', () => {
  expect(toMaxConnections({}, memory)).toBe(4_369);
  expect(toMaxConnections({ tls }, memory)).toBe(1_092);
  expect(toMaxConnections({ tls }, 4 * memory)).toBe(4_369);
});

const file = JSON.stringify(new URL('../../../src/http/server/limit-connections.ts', import.meta.url).href);

function readLimit(what: string, enter: readonly string[]): number {
  const code = `import * as limits from ${file}; console.log(limits.${what})`;
  const [command, ...args] = [...enter, process.execPath, '--input-type=module', '-e', code];
  return Number(execFileSync(command, args, { encoding: 'utf8' }));
}

test.runIf(process.platform === 'linux')(
  'connections leave five eighths of the open files to the rest of the process',
  () => {
    const enter = ['sh', '-c', 'ulimit -n 1024 && exec "$@"', 'limited'];
    expect(readLimit(`toMaxConnections({}, ${memory})`, enter)).toBe(384);
    expect(readLimit(`toMaxConnections({ tls: {} }, ${memory / 16})`, enter)).toBe(68);
  },
);
