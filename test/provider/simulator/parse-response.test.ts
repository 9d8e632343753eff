import { describe, expect, test } from 'vitest';
import { parseResponse } from '../../../src/provider/simulator/parse-response.ts';

const whole = (status: number, isReusable = true) => ({ status, isReusable, state: 'whole' });

describe('parseResponse', () => {
  test.each([
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', whole(200)],
    ['no body', 'HTTP/1.1 503 Service Unavailable\r\ncontent-length:0\r\nRetry-After: 5\r\n\r\n', whole(503)],
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
