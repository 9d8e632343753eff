import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { PostResult } from './judge-answer.ts';

/** One connection to the receiver, with at most one request in flight. */
export interface HttpConnection {
  /** Another request can be sent. */
  readonly isOpen: boolean;
  /** Never rejects. A request without an answer in time ends the connection. */
  exchange(request: Buffer, timeoutMs: number): Promise<PostResult>;
  close(): void;
}

/**
 * HTTP/1.1 over a socket. With node:http or undici the simulator, not the receiver, would limit a measurement
 * (docs/decisions/030-the-provider.md).
 */
export function openHttpConnection(url: URL): HttpConnection {
  let isOpen = true;
  let received: Buffer | undefined;
  let settle: ((result: PostResult) => void) | undefined;
  const socket = openSocket(url);
  socket.setNoDelay(true);

  function finish(result: PostResult): void {
    const settleNow = settle;
    settle = undefined;
    received = undefined;
    settleNow?.(result);
  }

  function fail(result: PostResult): void {
    isOpen = false;
    socket.destroy();
    finish(result);
  }

  socket.on('data', (chunk: Buffer) => {
    received = received === undefined ? chunk : Buffer.concat([received, chunk]);
    const response = settle === undefined ? 'malformed' : parseResponse(received);
    if (response === 'malformed') {
      fail('reset');
    } else if (response?.state === 'whole') {
      if (!response.isReusable) {
        isOpen = false;
        socket.end();
      }
      finish(response.status);
    }
  });
  socket.on('error', (error) => fail(toFailure(error)));
  socket.on('close', () => {
    const response = received === undefined ? undefined : parseResponse(received);
    fail(typeof response === 'object' ? response.status : 'reset');
  });

  return {
    get isOpen() {
      return isOpen;
    },
    exchange: (request, timeoutMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => fail('timeout'), timeoutMs);
        settle = (result) => {
          clearTimeout(timer);
          resolve(result);
        };
        socket.write(request);
      }),
    close: () => fail('reset'),
  };
}

function openSocket({ protocol, hostname, port }: URL): Socket {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol === 'http:') {
    return connectTcp({ host, port: Number(port || 80) });
  }
  const servername = isIP(host) === 0 ? host : '';
  return connectTls({ host, port: Number(port || 443), servername, ALPNProtocols: ['http/1.1'] });
}

function toFailure(error: Error & { readonly code?: string }): PostResult {
  const code = error.code ?? '';
  if (code === 'ECONNREFUSED') {
    return 'refused';
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return 'reset';
  }
  return /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code) ? 'tls' : 'unreachable';
}

/** An answer whose head has arrived. */
interface ResponseState {
  readonly status: number;
  /** False when the receiver closes the connection after the answer. */
  readonly isReusable: boolean;
  /** `untilClose`: the body ends with the connection. */
  readonly state: 'whole' | 'untilClose';
}

const headEnd = Buffer.from('\r\n\r\n');

/**
 * Reads one HTTP/1.1 answer. Only its status matters to the provider, but the next request has to wait for its end
 * (RFC 9112, section 6.3).
 *
 * @returns `undefined` while bytes are missing, `malformed` for what is not HTTP
 */
export function parseResponse(bytes: Buffer): ResponseState | 'malformed' | undefined {
  const end = bytes.indexOf(headEnd);
  if (end === -1) {
    return undefined;
  }
  const head = bytes.toString('latin1', 0, end + 2);
  const [, minor, digits] = /^HTTP\/1\.([01]) (\d{3})[ \r]/.exec(head) ?? [];
  if (digits === undefined) {
    return 'malformed';
  }
  const status = Number(digits);
  const bodyStart = end + headEnd.length;
  if (status >= 100 && status < 200) {
    return parseResponse(bytes.subarray(bodyStart));
  }
  const isReusable = minor === '1' && !/\r\nconnection:[ \t]*close\b/i.test(head);
  if (status === 204 || status === 304) {
    return { status, isReusable, state: 'whole' };
  }
  if (/\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r/i.test(head)) {
    return isChunkedBodyWhole(bytes, bodyStart) ? { status, isReusable, state: 'whole' } : undefined;
  }
  const [, length] = /\r\ncontent-length:[ \t]*(\d+)[ \t]*\r/i.exec(head) ?? [];
  if (length === undefined) {
    return { status, isReusable: false, state: 'untilClose' };
  }
  return bytes.length >= bodyStart + Number(length) ? { status, isReusable, state: 'whole' } : undefined;
}

function isChunkedBodyWhole(bytes: Buffer, bodyStart: number): boolean {
  let at = bodyStart;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) {
      return false;
    }
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (!(size > 0)) {
      // The last chunk; trailers may follow, an empty line ends them.
      return bytes.indexOf(headEnd, lineEnd) !== -1;
    }
    at = lineEnd + 2 + size + 2;
  }
}
