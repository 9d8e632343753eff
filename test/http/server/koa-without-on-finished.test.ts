import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import Koa, { type Middleware } from 'koa';
import { expect, onTestFinished, test } from 'vitest';
import { KoaWithoutOnFinished, toRequestListener } from '../../../src/http/server/koa-without-on-finished.ts';
import { captureLog } from '../../support/captured-log.ts';

async function serve(app: Koa, middleware: Middleware): Promise<number> {
  app.silent = true;
  app.use(middleware);
  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Returns the complete raw response, without the Date header. */
async function ask(port: number, method: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  return (await text(socket)).replace(/^Date: .*$/m, 'Date: -');
}

const middlewares: Readonly<Record<string, Middleware>> = {
  text: (ctx) => {
    ctx.body = 'text';
  },
  'text with its type': (ctx) => {
    ctx.status = 503;
    ctx.set('Content-Type', 'application/json; charset=utf-8');
    ctx.body = '{"ä":1}';
  },
  'empty text': (ctx) => {
    ctx.body = '';
  },
  HTML: (ctx) => {
    ctx.body = '<p>';
  },
  nothing: () => {},
  'a status alone': (ctx) => {
    ctx.status = 418;
  },
  'no content': (ctx) => {
    ctx.body = null;
  },
  ...Object.fromEntries(
    [204, 205, 304].map((status) => [
      `text where none may be (${status})`,
      (ctx) => {
        ctx.status = status;
        ctx.body = 'text';
      },
    ]),
  ),
  'an object': (ctx) => {
    ctx.status = 201;
    ctx.body = { a: 1 };
  },
  'a buffer': (ctx) => {
    ctx.body = Buffer.from('bytes');
  },
  'a stream': (ctx) => {
    ctx.body = Readable.from(['a', 'b']);
  },
  'an error': () => {
    throw new Error('not for the client');
  },
  'an error with a status': (ctx) => {
    ctx.throw(403, 'for the client');
  },
  'an answer of its own': (ctx) => {
    ctx.res.end('by hand');
  },
};

test.each(Object.keys(middlewares))('answers %s as Koa does', async (name) => {
  const middleware = middlewares[name] as Middleware;
  const lean = await serve(new KoaWithoutOnFinished(), middleware);
  const ordinary = await serve(new Koa(), middleware);
  for (const method of ['GET', 'HEAD', 'POST']) {
    const answer = await ask(lean, method);
    expect(answer).toMatch(/^HTTP\/1\.1 \d{3} /);
    expect(answer).toBe(await ask(ordinary, method));
  }
});

test.each([
  ['Koa', new Koa(), true],
  ['this one', new KoaWithoutOnFinished(), false],
])('%s watches for the end of a response: %s', async (_, app, isWatched) => {
  const responses: object[] = [];
  const port = await serve(app, (ctx) => {
    responses.push(ctx.res);
    ctx.body = 'text';
  });
  await ask(port, 'GET');
  expect(responses.map((response) => '__onFinished' in response)).toEqual([isWatched]);
});

function start(app: Koa) {
  const log = captureLog();
  const logLimit = { take: () => ({ suppressed: 3 }) };
  const handler = toRequestListener(app, { logger: log.logger, logLimit, message: 'request failed' });
  return { handler, log };
}

test('what fails is answered 500 and logged, with how many lines were skipped before', async () => {
  const app = new KoaWithoutOnFinished();
  app.use(() => {
    throw new Error('broken');
  });
  const { handler, log } = start(app);
  const server = createServer(handler).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  expect((await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).status).toBe(500);
  expect(log.lines).toMatchObject([
    { level: 'error', msg: 'request failed', suppressed: 3, err: { message: 'broken' } },
  ]);
});

test.each(['EPIPE', 'ECONNRESET'])('a client that is gone (%s) is no failure', (code) => {
  const app = new KoaWithoutOnFinished();
  const { log } = start(app);
  app.emit('error', Object.assign(new Error(`write ${code}`), { code, syscall: 'write' }));
  expect(log.lines).toEqual([]);
});
