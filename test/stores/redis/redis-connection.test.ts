import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { RedisConfig } from '../../../src/config/redis-config.ts';
import { createRedisConnection, defaultRedisSettings } from '../../../src/stores/redis/redis-connection.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { createRedisConfig } from '../../support/redis/redis-sink.ts';
import { sendAnswer, startRespServer, toBulk } from '../../support/redis/resp-server.ts';
import { startSocketServer } from '../../support/start-socket-server.ts';

const record = { key: 'k', value: Buffer.from('v'), headers: {} };

/** Starts a server that replaces the replies to some commands. */
async function open(answers: Readonly<Record<string, string>>, changes: Partial<RedisConfig> = {}) {
  const server = await startRespServer();
  const asked: string[] = [];
  const opened: boolean[] = [];
  server.answer = (next) => {
    const [command = ''] = next.args;
    asked.push(command);
    opened.push(connection.isOpen());
    sendAnswer({ ...next, bytes: answers[command] ?? next.bytes });
  };
  const connection = createRedisConnection(createRedisConfig(server.url, changes), defaultRedisSettings);
  return { server, connection, asked, opened };
}

test.each([
  ['loads its data', { INFO: toBulk('redis_version:7.2.4\r\naof_enabled:1\r\nloading:1') }, 'busy'],
  ['is a replica', { INFO: toBulk('redis_version:7.2.4\r\naof_enabled:1\r\nrole:slave') }, 'role'],
  [
    'does not support WAITAOF',
    { INFO: toBulk('redis_version:7.0.15\r\naof_enabled:1\r\nrole:master') },
    'unfit',
  ],
  ['does not sync', { WAITAOF: '*2\r\n:0\r\n:0\r\n' }, 'unsynced'],
])('a server that %s gets no record, and its connection does not stay', (_what, answers, kind) =>
  inVirtualTime(async () => {
    const { server, connection, opened } = await open(answers);
    await expect(connection.connect()).rejects.toMatchObject({ kind });
    expect(opened).not.toContain(true);
    await delay(1_000);
    expect(server.openConnections()).toBe(0);
  }),
);

test('is open once the server has shown that it can keep its promise, and not before', () =>
  inVirtualTime(async () => {
    const { connection, asked, opened } = await open({});
    await connection.connect();
    expect([asked.at(-1), new Set(opened), connection.isOpen()]).toEqual(['WAITAOF', new Set([false]), true]);
    expect(await connection.write([{ stream: 's', records: [record] }])).toEqual([undefined]);
    connection.close();
  }));

test('where nothing has to be on a disk, none is requested', () =>
  inVirtualTime(async () => {
    const info = toBulk('redis_version:7.2.4\r\naof_enabled:0\r\nrole:master');
    const { connection, asked } = await open({ INFO: info }, { memoryOnly: true });
    await connection.connect();
    expect(await connection.write([{ stream: 's', records: [record] }])).toEqual([undefined]);
    expect(asked).not.toContain('WAITAOF');
    connection.close();
  }));

test('a port that never answers TLS costs the time to connect, and no socket', async () => {
  const sockets: Socket[] = [];
  const port = await startSocketServer((socket) => sockets.push(socket.resume()));
  const config = createRedisConfig(`rediss://127.0.0.1:${port}`);
  const connection = createRedisConnection(config, { ...defaultRedisSettings, connectTimeoutMs: 300 });
  await expect(connection.connect()).rejects.toMatchObject({ kind: 'timeout' });
  await expect.poll(() => sockets.map(({ destroyed }) => destroyed)).toEqual([true]);
});
