import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { findTlsServer, speaksTls } from '../../src/runtime/speaks-tls.ts';
import { freePorts } from '../support/free-ports.ts';
import { startSocketServer } from '../support/start-socket-server.ts';
import { startTlsServer } from '../support/start-tls-server.ts';

const at = (port: number) => ({ host: '127.0.0.1', port });

test('a server with any certificate speaks TLS', async () => {
  expect(await speaksTls(at(await startTlsServer()))).toBe(true);
});

test('one that takes no version of it that is known here, and says so, does too', async () => {
  const alert = Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]);
  expect(await speaksTls(at(await startSocketServer((socket) => socket.end(alert))))).toBe(true);
});

test.each<[string, (socket: Socket) => void]>([
  ['answers in words', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['ends the connection', (socket) => socket.destroy()],
  ['says nothing', () => {}],
])('one that %s does not', async (_, onSocket) => {
  expect(await speaksTls(at(await startSocketServer(onSocket)))).toBe(false);
});

test('of several servers that which does is named', async () => {
  const [closed = 0] = await freePorts(1);
  const port = await startTlsServer();
  expect(await findTlsServer([at(closed), at(port)])).toBe(`127.0.0.1:${port}`);
  expect(await findTlsServer([at(closed)])).toBeUndefined();
  expect(await findTlsServer([])).toBeUndefined();
});
