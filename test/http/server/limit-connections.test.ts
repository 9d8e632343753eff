import { execFileSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { totalmem } from 'node:os';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  type ConnectionLimits,
  limitConnections,
  toConnectionLimits,
} from '../../../src/http/server/limit-connections.ts';
import { limitPipelining } from '../../../src/http/server/limit-pipelining.ts';
import { createMemoryLimit } from '../../support/memory-limit.ts';
import { waitUntil } from '../../support/wait-until.ts';

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const getLater = 'GET /later HTTP/1.1\r\nHost: x\r\n\r\n';

/** Answers all but `/later` at once. */
async function start(limits: ConnectionLimits) {
  const later: ServerResponse[] = [];
  const server = createServer(
    { connectionsCheckingInterval: 100 },
    limitPipelining((request, response) => {
      if (request.url === '/later') {
        later.push(response);
      } else {
        response.end('ok');
      }
    }),
  );
  const connections = limitConnections(server, 'connection', limits);
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
    await Promise.race([happens('close'), happens(text === get ? 'data' : 'ready')]);
    return socket;
  }

  return { server, connections, later, open };
}

/** Silence is seen in steps of five looks, a second apart. */
const lookMs = 6_500;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('over the limit the connection goes that has been silent for the longest time, and no other', async () => {
  const { connections, later, open } = await start({ maxConnections: 4, whenFull: 'refuse' });
  const first = await open(get);
  const waiting = await open(getLater);
  const busy = await open(get);
  await waitUntil(() => later.length === 1, { timeoutMs: 5_000, what: 'the request is there' });
  const chat = setInterval(() => busy.write(get), 100);
  onTestFinished(() => clearInterval(chat));
  await pause(lookMs);
  const second = await open(get);
  await open(get);
  await waitUntil(() => first.destroyed, { timeoutMs: 5_000, what: 'the first one is closed' });
  expect([waiting, busy, second].map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
  expect(connections.size).toBe(4);
});

test('one that was answered just now goes for a new one, when all others have requests under way', async () => {
  const { open, later } = await start({ maxConnections: 3, whenFull: 'refuse' });
  const waiting = [await open(getLater), await open(getLater)];
  await waitUntil(() => later.length === 2, { timeoutMs: 5_000, what: 'the requests are there' });
  const answered = await open(get);
  const next = await open(get);
  await waitUntil(() => answered.destroyed, { timeoutMs: 5_000, what: 'the answered one is closed' });
  expect([...waiting, next].map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
});

test('a new one is refused when none is idle, and let in later', async () => {
  const { open } = await start({ maxConnections: 2, whenFull: 'refuse' });
  const held = [await open(getLater), await open(getLater)];
  const refused = await open(get);
  await waitUntil(() => refused.destroyed, { timeoutMs: 5_000, what: 'the new one is refused' });
  expect(held.map(({ destroyed }) => destroyed)).toEqual([false, false]);
  held[0]?.destroy();
  await waitUntil(async () => !(await open(get)).destroyed, { timeoutMs: 5_000, what: 'one is let in' });
});

test('where a new one must get in, the oldest one goes', async () => {
  const { open } = await start({ maxConnections: 2, whenFull: 'replace-oldest' });
  const [oldest, next] = [await open(getLater), await open(getLater)];
  const newest = await open(get);
  await waitUntil(() => oldest.destroyed, { timeoutMs: 5_000, what: 'the oldest one is closed' });
  expect([next.destroyed, newest.destroyed]).toEqual([false, false]);
});

test('near the limit a request has two seconds to arrive, and its usual time afterwards', async () => {
  const { server, open } = await start({ maxConnections: 4, whenFull: 'refuse' });
  const usual = [server.headersTimeout, server.requestTimeout];
  const slow = await Promise.all(Array.from({ length: 4 }, () => open('POST / HTTP/1.1\r\nX: ')));
  await waitUntil(() => slow.every(({ destroyed }) => destroyed), { timeoutMs: 8_000, what: 'all are cut' });
  await waitUntil(() => server.headersTimeout !== 2_000, { timeoutMs: 5_000, what: 'it has recovered' });
  expect([server.headersTimeout, server.requestTimeout]).toEqual(usual);
  expect((await open(get)).destroyed).toBe(false);
});

/** The order of accepting, reading and timers in a busy turn cannot be had from real sockets. */
class FakeSocket extends EventEmitter {
  bytesRead = 0;
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function startFake(limits: ConnectionLimits) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const server = Object.assign(new EventEmitter(), { headersTimeout: 5_000, requestTimeout: 5_000 });
  limitConnections(server as unknown as Server, 'connection', limits);
  return (count: number, bytesRead: number) =>
    Array.from({ length: count }, () => {
      const socket = new FakeSocket();
      server.emit('connection', socket);
      socket.bytesRead = bytesRead;
      return socket;
    });
}

test('one whose request waits to be read is not silent because a look came since it was accepted', () => {
  const accept = startFake({ maxConnections: 8, whenFull: 'refuse' });
  const crowd = accept(6, 30);
  vi.advanceTimersByTime(950);
  // In one turn the limit is reached, so that all are listed; in the next one the look comes before sockets are read.
  const senders = accept(2, 0);
  accept(1, 0);
  vi.advanceTimersByTime(100);
  accept(4, 0);
  vi.advanceTimersByTime(10);
  expect(senders.map(({ destroyed }) => destroyed)).toEqual([false, false]);
  expect(crowd.filter(({ destroyed }) => destroyed)).toHaveLength(5);
});

test('one whose request came in the same turn as a crowd is not idle', () => {
  const accept = startFake({ maxConnections: 8, whenFull: 'refuse' });
  const [sender] = accept(1, 10);
  const crowd = accept(7, 30);
  vi.advanceTimersByTime(20_000);
  crowd.push(...accept(1, 30));
  expect(sender?.destroyed).toBe(false);
  Object.assign(sender ?? {}, { bytesRead: 800 });
  vi.advanceTimersByTime(10);
  expect(sender?.destroyed).toBe(false);
  expect(crowd.filter(({ destroyed }) => destroyed)).toHaveLength(1);
});

test('connections that have ended in the same turn take no place', () => {
  const accept = startFake({ maxConnections: 8, whenFull: 'refuse' });
  const crowd = accept(8, 30);
  vi.advanceTimersByTime(20_000);
  // As of a socket whose end was read: it is closed at the end of the turn.
  Object.assign(crowd[0] ?? {}, { destroyed: true });
  const [newcomer] = accept(1, 0);
  vi.advanceTimersByTime(10);
  expect([newcomer, ...crowd.slice(1)].map((socket) => socket?.destroyed)).toEqual(Array(8).fill(false));
});

test('whoever has sent deliveries stays while a crowd comes and goes', () => {
  const accept = startFake({ maxConnections: 8, whenFull: 'refuse' });
  const senders = accept(2, 800);
  vi.advanceTimersByTime(950);
  accept(7, 30);
  for (let come = 0; come < 9; come += 1) {
    vi.advanceTimersByTime(110);
    accept(1, 30);
  }
  expect(senders.map(({ destroyed }) => destroyed)).toEqual([false, false]);
});

const tls = { certFile: 'cert.pem', keyFile: 'key.pem' };
const memory = 512 * 1024 * 1024;

test('connections get a part of the memory, TLS ones are dearer', () => {
  expect(toConnectionLimits({}, memory)).toEqual({ maxConnections: 4_369, whenFull: 'refuse' });
  expect(toConnectionLimits({ tls }, memory).maxConnections).toBe(1_092);
  expect(toConnectionLimits({ tls }, 4 * memory).maxConnections).toBe(4_369);
});

const mebibyte = 1024 * 1024;
const code = `import { availableMemory } from ${JSON.stringify(new URL('../../../src/http/server/limit-connections.ts', import.meta.url).href)}; console.log(availableMemory())`;

function ask(enter: readonly string[], ...options: readonly string[]): number {
  const [command, ...args] = [...enter, process.execPath, ...options, '--input-type=module', '-e', code];
  return Number(execFileSync(command, args, { encoding: 'utf8' }));
}

test('the memory is not more than the machine has, nor than twice the heap that was set', () => {
  expect(ask([])).toBeLessThanOrEqual(totalmem());
  const small = ask([], '--max-old-space-size=100', '--max-semi-space-size=1');
  expect(small).toBeGreaterThan(200 * mebibyte);
  expect(small).toBeLessThan(300 * mebibyte);
});

test.runIf(process.getuid?.() === 0 && existsSync('/sys/fs/cgroup'))(
  'the memory is what a container may use',
  () => {
    expect(ask(createMemoryLimit(300))).toBe(300 * mebibyte);
  },
);
