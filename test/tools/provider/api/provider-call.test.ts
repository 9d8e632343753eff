import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { isTemporary } from '../../../../src/tools/provider/api/provider-api-error.ts';
import { createProviderCaller } from '../../../../src/tools/provider/api/provider-call.ts';
import { startTlsServer } from '../../../support/start-tls-server.ts';

test('a provider that never answers is unreachable after 15 s', async () => {
  const server = createServer(() => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const asked = once(server, 'request');
  onTestFinished(() => {
    vi.useRealTimers();
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call = createProviderCaller({ baseUrl, region: 'r1', username: 'u', password: 'p' });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const answer = call({ method: 'GET', path: '/x', right: 'messages' }).catch((error: unknown) => error);
  await asked;
  vi.advanceTimersByTime(15_000);
  expect(await answer).toMatchObject({
    code: 'unreachable',
    message: `No answer from ${baseUrl} to GET /x (no answer within 15 s): check the network, the region and COMAPI_API_URL.`,
  });
});

test.each([
  ['http', 'it speaks TLS: give https:// in COMAPI_API_URL'],
  ['https', 'self-signed certificate|unable to verify the first certificate|unable to get local issuer'],
])('a server with TLS, asked by %s, fails in a way that no waiting heals', async (scheme, words) => {
  const baseUrl = `${scheme}://127.0.0.1:${await startTlsServer('http')}`;
  const call = createProviderCaller({ baseUrl, region: 'r1', username: 'u', password: 'p' });
  const error = await call({ method: 'GET', path: '/x', right: 'messages' }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'tls_refused', message: expect.stringMatching(words) });
  expect(isTemporary(error)).toBe(false);
});

test('one without TLS, asked by https, too', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const baseUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call = createProviderCaller({ baseUrl, region: 'r1', username: 'u', password: 'p' });
  await expect(call({ method: 'GET', path: '/x', right: 'messages' })).rejects.toMatchObject({
    code: 'tls_refused',
  });
});
