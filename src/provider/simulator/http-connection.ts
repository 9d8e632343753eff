import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { PostResult } from './judge-answer.ts';
import { parseResponse } from './parse-response.ts';

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
 * (docs/decisions/030-the-simulated-provider.md).
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
