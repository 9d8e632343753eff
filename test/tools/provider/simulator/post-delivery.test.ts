import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  describePostFailure,
  type PostResult,
  postDelivery,
} from '../../../../src/tools/provider/simulator/post-delivery.ts';
import { freePorts } from '../../../support/free-ports.ts';
import { createTestCertificates } from '../../../support/kafka/test-certificates.ts';
import { startScriptedReceiver } from '../../../support/scripted-receiver.ts';
import { temporaryDirectory, testSecret } from '../../../support/test-receiver.ts';

describe('post delivery', () => {
  const body = Buffer.from('{"text":"é"}');

  async function listenOn(server: Server | HttpServer): Promise<URL> {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => void server.close());
    return new URL(`http://127.0.0.1:${(server.address() as { port: number }).port}/webhook?a=b`);
  }

  function createTestPoster(url: URL, timeoutMs = 60_000) {
    return { post: () => postDelivery({ url, secret: testSecret, timeoutMs, body }) };
  }

  /** A server that reads each request completely and responds with the given bytes. */
  async function listenRaw(answer: (socket: Socket) => void) {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => {});
      socket.on('data', () => answer(socket));
    });
    const url = await listenOn(server);
    return { poster: createTestPoster(url), connections: () => connections };
  }

  const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

  describe('postDelivery', () => {
    test('sends a request that node:http reads, path, query and body as they are', async () => {
      let seen = '';
      const url = await listenOn(
        createHttpServer((request, response) => {
          seen = `${request.method} ${request.url} ${request.headers.host}`;
          response.end();
        }),
      );
      expect(await createTestPoster(url).post()).toBe(200);
      expect(seen).toBe(`POST /webhook?a=b ${url.host}`);
    });

    test('reuses its connections', async () => {
      const { poster, connections } = await listenRaw((socket) => socket.write(ok));
      for (let count = 0; count < 20; count += 1) {
        expect(await poster.post()).toBe(200);
      }
      expect(connections()).toBeLessThanOrEqual(2);
    });

    test('opens a new connection when the receiver ends the old one with its answer', async () => {
      const { poster, connections } = await listenRaw((socket) =>
        socket.end('HTTP/1.1 503 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
      );
      expect([await poster.post(), await poster.post()]).toEqual([503, 503]);
      expect(connections()).toBe(2);
    });

    test('takes an answer whose end is that of the connection', async () => {
      const { poster } = await listenRaw((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nsome text'));
      expect(await poster.post()).toBe(200);
    });

    test('takes an answer that arrives byte by byte', async () => {
      const { poster } = await listenRaw((socket) => {
        let at = 0;
        const timer = setInterval(() => {
          socket.write(ok.charAt(at));
          at += 1;
          if (at === ok.length) {
            clearInterval(timer);
          }
        }, 1);
      });
      expect(await poster.post()).toBe(200);
    });

    test('does not reuse the connection of a request that had no answer in time: its answer may still come', async () => {
      const { url, deliveries } = await startScriptedReceiver((_delivery, index) =>
        index === 0 ? 'silence' : 200,
      );
      expect(await createTestPoster(url, 200).post()).toBe('timeout');
      expect(await createTestPoster(url).post()).toBe(200);
      expect(deliveries).toHaveLength(2);
    });

    test.each([
      ['an answer that is cut off', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort'],
      ['no answer at all', ''],
      ['what is not HTTP', 'hello\r\n\r\n'],
    ])('counts %s as a failure', async (_what, text) => {
      const { poster } = await listenRaw((socket) => socket.end(text));
      expect(await poster.post()).toBe('reset');
    });

    test('names a port where nobody listens', async () => {
      const [port = 0] = await freePorts(1);
      expect(await createTestPoster(new URL(`http://127.0.0.1:${port}/`)).post()).toBe('refused');
    });

    test('names a certificate that nobody vouches for', async () => {
      const { serverCertFile, serverKeyFile } = await createTestCertificates(temporaryDirectory());
      const tls = { cert: readFileSync(serverCertFile), key: readFileSync(serverKeyFile) };
      const url = await listenOn(createTlsServer(tls));
      expect(await createTestPoster(new URL(`https://${url.host}/`)).post()).toBe('tls');
    });
  });
});

test.each<[PostResult, string]>([
  [
    503,
    "http://a.example/ returned 503. The delivery is retried on the provider's schedule. To make the retries faster, use --time-scale.",
  ],
  [
    'timeout',
    "http://a.example/ did not respond (timeout). The delivery is retried on the provider's schedule. To make the retries faster, use --time-scale.",
  ],
  [
    401,
    'http://a.example/ returned 401. The provider does not retry, so the events are lost. The receiver uses a different secret.',
  ],
])('%s is described with what the provider does next', (result, text) => {
  expect(describePostFailure(new URL('http://a.example/'), result)).toBe(text);
});
