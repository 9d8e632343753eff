import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, METHODS } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { Router } from '@koa/router';
import Koa from 'koa';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readPath } from '../../src/http/server/koa-without-on-finished.ts';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { sendRaw } from '../support/raw-request.ts';
import { startTestReceiver, temporaryDirectory } from '../support/test-receiver.ts';

const secrets = { sms: 'the secret of the sms registration', chat: 'the secret of the chat registration' };
const body = '{"eventId":"e"}';

/** Starts a receiver with two registrations. */
async function start() {
  const file = join(temporaryDirectory(), 'webhooks.json');
  const registrations = Object.entries(secrets).map(([name, secret]) => ({
    name,
    path: `/in/${name}`,
    secret,
  }));
  writeFileSync(file, JSON.stringify(registrations));
  const sink = createMemorySink();
  const receiver = await startTestReceiver({ sink, env: { WEBHOOK_SECRET: '', WEBHOOKS_FILE: file } });
  const deliver = async (path: string, secret: keyof typeof secrets = 'sms') => {
    const headers = { 'x-comapi-signature': signBody(Buffer.from(body), secrets[secret]) };
    return (await fetch(receiver.url + path, { method: 'POST', headers, body })).status;
  };
  const webhooksOf = () => sink.records.map(({ headers }) => headers.webhook);
  return { receiver, deliver, webhooksOf };
}

test('each registration has its path and its secret', async () => {
  const { deliver, webhooksOf } = await start();
  expect([await deliver('/in/sms', 'sms'), await deliver('/in/chat', 'chat')]).toEqual([200, 200]);
  expect([await deliver('/in/sms', 'chat'), await deliver('/in/chat', 'sms')]).toEqual([401, 401]);
  expect(webhooksOf()).toEqual(['sms', 'chat']);
});

test('what follows a question mark is not a part of the path', async () => {
  const { deliver, webhooksOf } = await start();
  expect(await deliver('/in/sms?path=/in/chat')).toBe(200);
  expect(webhooksOf()).toEqual(['sms']);
});

test.each([
  ['PUT', '/in/sms', 405, 'POST, HEAD, GET'],
  ['DELETE', '/in/sms', 405, 'POST, HEAD, GET'],
  ['POST', '/', 405, 'HEAD, GET'],
  ['OPTIONS', '/in/sms', 200, 'POST, HEAD, GET'],
  ['HEAD', '/in/sms', 200, null],
  ['DELETE', '/elsewhere', 404, null],
])('%s %s is answered %i and allows %s', async (method, path, status, allowed) => {
  const { receiver } = await start();
  const response = await fetch(receiver.url + path, { method });
  expect([response.status, response.headers.get('allow')]).toEqual([status, allowed]);
  // The response must not look like the response to a delivery.
  expect(await response.text()).not.toContain('accepted');
});

describe('the map that deliveries go by', () => {
  const paths = ['/webhook', '/in/sms', '/in/sms/more', '/in/a.b~c-d_e'];
  const odd = [
    ...paths.flatMap((path) => [path, `${path}/`, path.toUpperCase()]),
    ...'/in/sms?a=/webhook /in/sms? /in/sms/?a /in/sms#a /in/sms;a /in/sms%20 /in/sms%00 /in/sms%2F'.split(
      ' ',
    ),
    ...'/in/sm%73 /in%2Fsms //in/sms /in//sms /./in/sms /in/../in/sms /in\\sms /in/axb~c-d_e'.split(' '),
    ...'/ // /in /in/ /?/in/sms /:a /in/* * /in/sms/more/more'.split(' '),
    ...'http://a/in/sms http://a/in/sms?b http://a/in/sms/ HTTP://a/IN/sms http://a http://[/in/sms'.split(
      ' ',
    ),
    ...['http://a/in/../in/sms', `/${'a'.repeat(8_000)}`],
  ];
  /** The target of CONNECT is not a path. */
  const methods = METHODS.filter((method) => method !== 'CONNECT');
  const signature = signBody(Buffer.from(body), secrets.sms);

  /** Starts a server with the same paths that dispatches every request through the router. */
  async function startByRouter(): Promise<string> {
    const router = new Router({ sensitive: true, strict: true });
    const show: Koa.Middleware = (ctx) => {
      ctx.body = 'page';
    };
    router.get('/', show);
    for (const path of paths) {
      router.post(path, (ctx) => {
        ctx.body = `accepted by ${path}`;
      });
      router.get(path, show);
    }
    const app = new Koa().use((ctx, next) => (readPath(ctx) === undefined ? undefined : next()));
    const handle = app.use(router.routes()).use(router.allowedMethods()).callback();
    const server = createServer((message, response) => void handle(message, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test('answers every method at every odd path as the router does by itself', async () => {
    const file = join(temporaryDirectory(), 'webhooks.json');
    const registrations = paths.map((path, index) => ({ name: `w-${index}`, path, secret: secrets.sms }));
    writeFileSync(file, JSON.stringify(registrations));
    const sink = createMemorySink();
    const receiver = await startTestReceiver({ sink, env: { WEBHOOK_SECRET: '', WEBHOOKS_FILE: file } });
    const byRouter = await startByRouter();

    async function ask(url: string, method: string, target: string) {
      const [length, sent] = method === 'POST' ? [body.length, body] : [0, ''];
      const signed = [`X-Comapi-Signature: ${signature}`, `Content-Length: ${length}`, 'Connection: close'];
      const answer = await sendRaw(url, [request(`${method} ${target} HTTP/1.1`, ...signed) + sent]);
      return { status: answer.status, allow: /^allow: (.*)$/im.exec(answer.headers)?.[1], body: answer.body };
    }
    let taken = 0;
    for (const target of odd) {
      for (const method of methods) {
        const before = sink.records.length;
        const { body: text, ...expected } = await ask(byRouter, method, target);
        const { body: _, ...answer } = await ask(receiver.url, method, target);
        const path = /accepted by (.*)/.exec(text)?.[1];
        const webhooks = sink.records.slice(before).map(({ headers }) => headers.webhook);
        const wanted = path === undefined ? [] : [`w-${paths.indexOf(path)}`];
        expect({ method, target, ...answer, webhooks }).toEqual({
          ...{ method, target, ...expected },
          webhooks: wanted,
        });
        taken += wanted.length;
      }
    }
    expect(taken).toBeGreaterThan(paths.length);
  });
});

function request(line: string, ...headers: readonly string[]): string {
  return `${[line, 'Host: a', ...headers].join('\r\n')}\r\n\r\n`;
}

async function startAndSend(text: string) {
  const receiver = await startTestReceiver({ sink: createMemorySink() });
  return { receiver, answer: await sendRaw(receiver.url, [text]) };
}

describe('a request that is no delivery', () => {
  test.each([
    [request('GET / HTTP/1.1'), 200],
    [request('GET /metrics HTTP/1.1'), 404],
    [request('GET /readyz HTTP/1.1'), 404],
    [request('DELETE /webhook HTTP/1.1'), 405],
    [request('GET http://elsewhere/ HTTP/1.1'), 200],
    [request('OPTIONS * HTTP/1.1'), 404],
  ])('%j is answered %i, and the connection stays', async (text, status) => {
    const { answer } = await startAndSend(text);
    expect(answer.status).toBe(status);
    expect(answer.headers).not.toContain('Connection: close');
  });

  test.each([
    ['of the right form', 'a'.repeat(40), 1],
    ['of another form', 'guess', 0],
  ])('a POST to a wrong path with a signature %s counts as misdirected: %s', async (_, signature, count) => {
    const { receiver, answer } = await startAndSend(
      request('POST /webhok HTTP/1.1', `X-Comapi-Signature: ${signature}`, 'Content-Length: 0'),
    );
    expect(answer.status).toBe(404);
    expect(await receiver.metric('comapi_webhook_misdirected_deliveries_total')).toBe(count);
  });

  test.each([
    ['at a wrong path', 'POST /webhok HTTP/1.1', 404],
    ['of GET', 'GET /webhook HTTP/1.1', 413],
  ])('a body without an end %s is not read, and its connection ends', async (_what, line, status) => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const { hostname, port } = new URL(receiver.url);
    const socket = connect(Number(port), hostname);
    socket.write(request(line, 'Transfer-Encoding: chunked'));
    // The server must also close the connection. Otherwise, node:http would keep reading and finally respond with 408.
    expect((await readText(socket)).match(/HTTP\/1.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`]);
    expect((await sendRaw(receiver.url, [request('GET / HTTP/1.1')])).status).toBe(200);
  });

  test('with an upgrade is answered as one without, and the connection ends', async () => {
    const { answer } = await startAndSend(request('GET / HTTP/1.1', 'Connection: Upgrade', 'Upgrade: h2c'));
    expect(answer.status).toBe(200);
    expect(answer.headers).toContain('Connection: close');
  });
});
