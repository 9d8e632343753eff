import { createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openHttpConnection, parseResponse } from '../../../src/provider/simulator/http-connection.ts';

describe('http connection', () => {
  async function open(answer: (socket: Socket) => void) {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => answer(socket));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const connection = openHttpConnection(new URL(`http://127.0.0.1:${port}/`));
    onTestFinished(connection.close);
    return connection;
  }

  const request = Buffer.from('x');

  test('stays open after an answer whose end is known', async () => {
    const connection = await open((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    expect([await connection.exchange(request, 1_000), await connection.exchange(request, 1_000)]).toEqual([
      200, 200,
    ]);
    expect(connection.isOpen).toBe(true);
  });

  test.each([
    [
      'is not open after an answer that closes it',
      'HTTP/1.1 503 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
      503,
    ],
    ['is not open after what is not HTTP', 'hello\r\n\r\n', 'reset'],
    ['is not open after a request without an answer', '', 'timeout'],
  ])('%s', async (_name, text, result) => {
    const connection = await open((socket) => socket.write(text));
    expect(await connection.exchange(request, 100)).toBe(result);
    expect(connection.isOpen).toBe(false);
  });

  test('names a port where nobody listens', async () => {
    const connection = openHttpConnection(new URL('http://127.0.0.1:1/'));
    expect(await connection.exchange(request, 1_000)).toBe('refused');
  });
});

describe('parse response', () => {
  const whole = (status: number, isReusable = true) => ({ status, isReusable, state: 'whole' });

  describe('parseResponse', () => {
    test.each([
      ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', whole(200)],
      [
        'no body',
        'HTTP/1.1 503 Service Unavailable\r\ncontent-length:0\r\nRetry-After: 5\r\n\r\n',
        whole(503),
      ],
      ['a status that has no body', 'HTTP/1.1 204 No Content\r\n\r\n', whole(204)],
      ['no reason phrase', 'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n', whole(200)],
      [
        'chunks',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n',
        whole(200),
      ],
      [
        'chunks and a trailer',
        'HTTP/1.1 500 X\r\ntransfer-encoding: chunked\r\n\r\n0\r\nTrailer: 1\r\n\r\n',
        whole(500),
      ],
      [
        'its end of the connection',
        'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
        whole(200, false),
      ],
      ['an old version', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', whole(200, false)],
      [
        'an interim answer first',
        'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n',
        whole(401),
      ],
    ])('knows the end of an answer with %s, and not before its last byte', (_what, text, expected) => {
      const bytes = Buffer.from(text, 'latin1');
      expect(parseResponse(bytes)).toEqual(expected);
      for (let length = 0; length < bytes.length; length += 1) {
        expect(parseResponse(bytes.subarray(0, length))).toBeUndefined();
      }
    });

    test('reads until the connection ends where nothing says how long the body is', () => {
      const state = { status: 200, isReusable: false, state: 'untilClose' };
      expect(parseResponse(Buffer.from('HTTP/1.1 200 OK\r\nX: y\r\n\r\nsome'))).toEqual(state);
    });

    test.each(['SSH-2.0-OpenSSH\r\n\r\n', 'HTTP/2 200\r\n\r\n', 'HTTP/1.1 20 OK\r\n\r\n'])(
      'refuses %j',
      (text) => {
        expect(parseResponse(Buffer.from(text))).toBe('malformed');
      },
    );
  });
});
