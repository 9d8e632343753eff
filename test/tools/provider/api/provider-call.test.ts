import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createProviderCaller } from '../../../../src/tools/provider/api/provider-call.ts';

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
