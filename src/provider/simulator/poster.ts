import { signBody } from '../sign-body.ts';
import { type HttpConnection, openHttpConnection } from './http-connection.ts';
import type { PostResult } from './judge-answer.ts';

/** Posts signed bodies over connections that stay open, one for each request in flight. */
export interface Poster {
  /** Never rejects. */
  post(body: Buffer): Promise<PostResult>;
  close(): void;
}

export interface PosterOptions {
  readonly url: URL;
  readonly secret: string;
  readonly signatureHeader: string;
  /** From the start of the request to the end of the answer. */
  readonly timeoutMs: number;
}

export function createPoster({ url, secret, signatureHeader, timeoutMs }: PosterOptions): Poster {
  const idle: HttpConnection[] = [];
  const head = [
    `POST ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    'Content-Type: application/json',
    `${signatureHeader}: `,
  ].join('\r\n');

  function takeConnection(): HttpConnection {
    for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
      if (connection.isOpen) {
        return connection;
      }
    }
    return openHttpConnection(url);
  }

  return {
    async post(body) {
      const rest = `${signBody(body, secret)}\r\nContent-Length: ${body.length}\r\n\r\n`;
      const connection = takeConnection();
      const result = await connection.exchange(
        Buffer.concat([Buffer.from(head + rest, 'latin1'), body]),
        timeoutMs,
      );
      if (connection.isOpen) {
        idle.push(connection);
      }
      return result;
    },
    close() {
      for (const connection of idle) {
        connection.close();
      }
    },
  };
}
