import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { readBoundedText } from '../../../runtime/read-bounded-text.ts';

export interface FormRequest {
  readonly authorization?: string;
  readonly form: Readonly<Record<string, string>>;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  /** PEM text of the authorities that are trusted; by default those of Node. */
  readonly ca?: string;
}

export interface FormAnswer {
  readonly status: number;
  readonly text: string;
}

/** Posts a form. Follows no redirect: the credentials are for this host alone. */
export async function postForm(url: string, options: FormRequest): Promise<FormAnswer> {
  const { authorization, form, timeoutMs, ca } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  const body = new URLSearchParams(form).toString();
  const { promise, resolve, reject } = Promise.withResolvers<FormAnswer>();
  const send = /^https:/i.test(url) ? requestHttps : requestHttp;
  const request = send(
    url,
    {
      method: 'POST',
      signal,
      // A renewed token is rare: no connection is kept for it.
      agent: false,
      ...(ca !== undefined && { ca }),
      headers: {
        accept: 'application/json',
        ...(authorization !== undefined && { authorization }),
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
      },
    },
    (response) => {
      readBoundedText(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    },
  );
  request.on('error', reject);
  request.end(body);
  try {
    return await promise;
  } catch (error) {
    throw signal.aborted ? new Error(`it took longer than ${timeoutMs} ms`, { cause: error }) : error;
  }
}
