import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { signatureHeader } from '../../../webhook/verify-signature.ts';
import { signBody } from '../post-webhook.ts';
import { classifyResponse, type PostResult } from './classify-response.ts';

/** Posts signed bodies over connections that stay open, one for each request in flight. */
export interface Poster {
  /** Never rejects. */
  post(body: Buffer): Promise<PostResult>;
  close(): void;
}

export interface PosterOptions {
  readonly url: URL;
  readonly secret: string;
  /** From the start of the request to the end of the answer. */
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
        // Its answer may still come: the connection is not used again.
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
  // node:http calls what is no HTTP by such a code.
  if (code === 'ECONNRESET' || code === 'EPIPE' || code.startsWith('HPE_')) {
    return 'reset';
  }
  return /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code) ? 'tls' : 'unreachable';
}

/** Retries take up to a day, so the first failure is reported at once, with its reason. */
export function reportFirstFailure(poster: Poster, url: URL, report: (text: string) => void): Poster {
  let isReported = false;
  return {
    ...poster,
    async post(body) {
      const result = await poster.post(body);
      if (!isReported && classifyResponse(result) !== 'accepted') {
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
  return classifyResponse(result) === 'retry'
    ? `${answer}: it is retried on the provider's schedule, which --time-scale makes faster`
    : `${answer}: the provider would drop such data for good${why}`;
}
