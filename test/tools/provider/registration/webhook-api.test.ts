import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createWebhookApi } from '../../../../src/tools/provider/registration/webhook-api.ts';

/** Creates an API that returns the same response to every request. */
async function createApi(status: number, body: string) {
  const requests: string[] = [];
  const server = createServer(({ method, url, headers }, response) => {
    requests.push(`${method} ${url} ${headers['if-match'] ?? ''}`.trimEnd());
    response.writeHead(status, { etag: '"1"', location: '/elsewhere' }).end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { api: createWebhookApi({ baseUrl, region: 'r1', username: 'u', password: 'p' }), requests };
}

test('skips what the provider answers with null', async () => {
  const { api, requests } = await createApi(
    200,
    '{"id":"a/b","name":"crm","url":null,"more":1,"subscriptions":[{"type":"t","filters":null}]}',
  );
  expect(await api.read('a/b')).toEqual({
    registration: { id: 'a/b', name: 'crm', subscriptions: [{ type: 't', filters: [] }] },
    etag: '"1"',
  });
  await api.update('a/b', { name: 'crm' }, '"1"');
  expect(requests).toEqual(['GET /cpaas/webhooks/a%2Fb', 'PUT /cpaas/webhooks/a%2Fb "1"']);
});

test('404 on the list means that there is no registration', async () => {
  const { api } = await createApi(404, '');
  expect(await api.list()).toEqual([]);
  await expect(api.availableEvents()).rejects.toMatchObject({ code: 'not_found' });
});

test.each([
  [200, 'text', 'unexpected_answer'],
  [200, '{"id":"1"}', 'unexpected_answer'],
  [200, 'null', 'unexpected_answer'],
  [302, '', 'unexpected_answer'],
  [401, '', 'unauthorized'],
])('%i with %j is %s', async (status, body, code) => {
  const { api, requests } = await createApi(status, body);
  await expect(api.read('1')).rejects.toMatchObject({ code });
  expect(requests).toHaveLength(1);
});

test('no server is unreachable', async () => {
  const config = { baseUrl: 'http://127.0.0.1:1', region: 'r1', username: 'u', password: 'p' } as const;
  await expect(createWebhookApi(config).list()).rejects.toMatchObject({ code: 'unreachable' });
});
