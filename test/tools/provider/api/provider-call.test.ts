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
  const ending = new AbortController();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(ending.signal);
  onTestFinished(() => {
    timeout.mockRestore();
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call = createProviderCaller({ baseUrl, region: 'r1', username: 'u', password: 'p' });
  const answer = call({ method: 'GET', path: '/x', right: 'messages' }).catch((error: unknown) => error);
  await asked;
  expect(timeout).toHaveBeenCalledWith(15_000);
  ending.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  expect(await answer).toMatchObject({
    code: 'unreachable',
    message: `No response from ${baseUrl} to GET /x: The operation was aborted due to timeout. Check the network, the region and COMAPI_API_URL.`,
  });
});

test('a server whose certificate is not trusted fails in a way that no waiting heals', async () => {
  const baseUrl = `https://127.0.0.1:${await startTlsServer('http')}`;
  const call = createProviderCaller({ baseUrl, region: 'r1', username: 'u', password: 'p' });
  const error = await call({ method: 'GET', path: '/x', right: 'messages' }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({
    code: 'tls_refused',
    message: expect.stringMatching(
      'self-signed certificate|unable to verify the first certificate|unable to get local issuer',
    ),
  });
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
