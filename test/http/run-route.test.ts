import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Router } from '@koa/router';
import Koa, { type Middleware } from 'koa';
import { expect, onTestFinished, test } from 'vitest';
import { runRoute } from '../../src/http/run-route.ts';

function createRouter(): Router {
  const router = new Router({ sensitive: true, strict: true });
  const say = (word: string) => (ctx: Koa.Context) => {
    ctx.body = word;
  };
  router
    .get('/', say('root'))
    .post('/hook', say('hook'))
    .get('/hook', say('page'))
    .post('/a%20b', say('escaped'));
  router.post('/fails', () => {
    throw new Error('not for the client');
  });
  return router;
}

async function serve(toMiddleware: (router: Router) => Middleware): Promise<number> {
  const app = new Koa();
  app.silent = true;
  const router = createRouter();
  const server = app.use(toMiddleware(router)).use(router.allowedMethods()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function ask(port: number, requestLine: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${requestLine} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  return (await text(socket)).replace(/^Date: .*$/m, 'Date: -');
}

test('answers every request as the routes of the router do', async () => {
  const own = await serve(runRoute);
  const theirs = await serve((router) => router.routes() as unknown as Middleware);
  const paths = [
    '/',
    '/hook',
    '/hook?a=b',
    '/Hook',
    '/hook/',
    '/hook/x',
    '/a%20b',
    '/a b',
    '/fails',
    '/none',
    '*',
    '//hook',
  ];
  const statuses = new Set<string>();
  for (const path of paths) {
    for (const method of ['GET', 'POST', 'HEAD', 'PUT', 'OPTIONS', 'PROPFIND']) {
      const answer = await ask(own, `${method} ${path}`);
      expect(answer, `${method} ${path}`).toBe(await ask(theirs, `${method} ${path}`));
      statuses.add(answer.slice(9, 12));
    }
  }
  expect([...statuses].toSorted()).toEqual(expect.arrayContaining(['200', '404', '405', '500', '501']));
});

test.each([
  [
    'several middlewares',
    new Router().get(
      '/',
      (_ctx, next) => next(),
      () => {},
    ),
  ],
  ['a parameter', new Router().get('/:id', () => {})],
  ['a middleware of the router', new Router().use('/:id', () => {})],
])('refuses %s', (_, router) => expect(() => runRoute(router)).toThrow('use router.routes()'));
