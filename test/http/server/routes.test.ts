import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { expect, onTestFinished, test } from 'vitest';
import { answerRoute, type Route, readPath } from '../../../src/http/server/routes.ts';
import { sendRaw } from '../../support/raw-request.ts';

async function start(): Promise<string> {
  const say = (word: string) => (ctx: Koa.Context) => {
    ctx.body = word;
  };
  const routes = new Map<string, Route>([
    ['/', { get: say('root') }],
    ['/hook', { get: say('page'), post: say('hook') }],
  ]);
  const server = new Koa().use((ctx) => answerRoute(ctx, routes.get(readPath(ctx)))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ask(url: string, method: string, target: string) {
  const { status, headers } = await sendRaw(url, [
    `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  ]);
  return { status, allow: /^Allow: (.*)$/im.exec(headers)?.[1]?.trim() };
}

const page = 'HEAD, GET';
const both = 'POST, HEAD, GET';

test.each([
  [
    '/',
    { GET: 200, HEAD: 200, POST: [405, page], PUT: [405, page], OPTIONS: [200, page], PROPFIND: [501, page] },
  ],
  [
    '/hook',
    { GET: 200, HEAD: 200, POST: 200, DELETE: [405, both], OPTIONS: [200, both], PROPFIND: [501, both] },
  ],
  ['/hook?a=b', { GET: 200, POST: 200, PATCH: [405, both] }],
  ['http://x/hook', { GET: 200, POST: 200, PUT: [405, both] }],
  ...['/Hook', '/hook/', '/hook/x', '//hook', '/hoo%6b', '/none', '*', '/%zz', 'http://[', '//['].map(
    (target) =>
      [target, { GET: 404, HEAD: 404, POST: 404, PUT: 404, OPTIONS: 404, PROPFIND: [501, ''] }] as const,
  ),
] as const)('%s is answered by its methods', async (target, expected) => {
  const url = await start();
  for (const [method, answer] of Object.entries(expected)) {
    const [status, allow] = typeof answer === 'number' ? [answer] : answer;
    expect(await ask(url, method, target), method).toEqual({ status, allow });
  }
});
