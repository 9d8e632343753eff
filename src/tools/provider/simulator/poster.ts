import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { signatureHeader } from '../../../webhook/verify-signature.ts';
import { signBody } from '../post-webhook.ts';
import { classifyResponse, type PostResult } from './classify-response.ts';

/** Posts signed bodies over keep-alive connections, one for each request in flight. */
export interface Poster {
  /** Never rejects. */
  post(body: Buffer): Promise<PostResult>;
  close(): void;
}

export interface PosterOptions {
  readonly url: URL;
  readonly secret: string;
  /** Maximum time from the start of the request to the end of the response. */
  readonly timeoutMs: number;
}

export function createPoster({ url, secret, timeoutMs }: PosterOptions): Poster {
  const isTls = url.protocol === 'https:';
  const agent = isTls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const open = isTls ? requestHttps : requestHttp;
  return {
    post: (body) =>
      new Promise((resolve) => {
        const headers = {
          'Content-Type': 'application/json',
          'Content-Length': body.length,
          [signatureHeader]: signBody(body, secret),
        };
        const request = open(url, { method: 'POST', agent, headers });
        // After a timeout, the response may still arrive, so the connection is closed.
        const timer = setTimeout(() => finish('timeout'), timeoutMs);
        function finish(result: PostResult): void {
          clearTimeout(timer);
          if (typeof result === 'string') {
            request.destroy();
          }
          resolve(result);
        }
        request.on('error', (error) => finish(toFailure(error)));
        request.on('response', (answer) => {
          answer.on('error', () => finish('reset'));
          answer.on('end', () => finish(answer.statusCode ?? 'reset'));
          answer.resume();
        });
        request.end(body);
      }),
    close: () => agent.destroy(),
  };
}

function toFailure({ code = '' }: Error & { readonly code?: string }): PostResult {
  if (code === 'ECONNREFUSED') {
    return 'refused';
  }
  // node:http reports a response that is not HTTP with an HPE_ code.
  if (code === 'ECONNRESET' || code === 'EPIPE' || code.startsWith('HPE_')) {
    return 'reset';
  }
  return /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code) ? 'tls' : 'unreachable';
}

/** Reports the first failure immediately, because retries take up to a day. */
export function reportFirstFailure(poster: Poster, url: URL, report: (text: string) => void): Poster {
  let isReported = false;
  return {
    ...poster,
    async post(body) {
      const result = await poster.post(body);
      if (!isReported && classifyResponse(result) !== 'accepted') {
        isReported = true;
        report(describeFailure(url, result));
      }
      return result;
    },
  };
}

function describeFailure(url: URL, result: PostResult): string {
  const failure =
    typeof result === 'number'
      ? `${url.href} returned ${result}.`
      : `${url.href} did not respond (${result}).`;
  if (classifyResponse(result) === 'retry') {
    return `${failure} The delivery is retried on the provider's schedule. To speed it up, use --time-scale.`;
  }
  const reason = result === 401 ? ' The receiver uses a different secret.' : '';
  return `${failure} The provider does not retry, so the events are lost.${reason}`;
}
