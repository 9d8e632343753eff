import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { listenOrExplain, toListenError } from '../../../src/http/server/listen-error.ts';

const variables = { host: 'HTTP_HOST', port: 'HTTP_PORT' };

async function listenOn(host: string, port: number) {
  const server = createServer();
  onTestFinished(() => void server.close());
  await listenOrExplain({ server, connections: new Set() }, { host, port }, variables);
  return (server.address() as AddressInfo).port;
}

test('names the variable of a port that another process has', async () => {
  const port = await listenOn('127.0.0.1', 0);
  await expect(listenOn('127.0.0.1', port)).rejects.toThrow(
    `HTTP_PORT: another process has port ${port}. Stop that one, or set HTTP_PORT to another port`,
  );
});

test.each(['192.0.2.1', 'no-such-host.invalid'])('names the variable of the host %s', async (host) => {
  await expect(listenOn(host, 0)).rejects.toThrow(
    `HTTP_HOST: "${host}" is no address of this machine. Set HTTP_HOST to one, or to :: for all.`,
  );
});

test.each([
  ['EACCES', 'HTTP_PORT: this user may not open port 80. Set HTTP_PORT to one from 1024.'],
  ['EAFNOSUPPORT', 'HTTP_HOST: this machine has no addresses like "::". Set HTTP_HOST to 0.0.0.0'],
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
