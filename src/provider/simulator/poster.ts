import { signBody } from '../post-webhook.ts';
import { type HttpConnection, openHttpConnection } from './http-connection.ts';
import { judgeAnswer, type PostResult } from './judge-answer.ts';

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

/** Retries take up to a day, so the first failure is reported at once, with its reason. */
export function reportFirstFailure(poster: Poster, url: URL, report: (text: string) => void): Poster {
  let isReported = false;
  return {
    ...poster,
    async post(body) {
      const result = await poster.post(body);
      if (!isReported && judgeAnswer(result) !== 'accepted') {
        isReported = true;
        report(`${url.href} ${describe(result)}`);
      }
      return result;
    },
  };
}

function describe(result: PostResult): string {
  const answer = typeof result === 'number' ? `answered ${result}` : `gave no answer (${result})`;
  const why = result === 401 ? '; the receiver has another secret' : '';
  return judgeAnswer(result) === 'retry'
    ? `${answer}: it is retried on the provider's schedule, which --time-scale makes faster`
    : `${answer}: the provider would drop such data for good${why}`;
}
