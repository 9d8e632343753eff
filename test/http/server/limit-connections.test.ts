import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { totalmem } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
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
    const over = once(socket, 'close');
    await Promise.race([over, text === get ? once(socket, 'data') : once(socket, 'ready')]);
    return socket;
  }

  return { server, connections, later, open };
}

/** A connection is silent when nothing came between two looks, a second apart. */
const lookMs = 2_500;
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
