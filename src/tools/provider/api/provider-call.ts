import * as v from 'valibot';
import { describeIssue } from '../../../config/describe-issue.ts';
import type { ProviderApiConfig } from '../../../config/provider-api-config.ts';
import { describeFetchError } from '../../../runtime/errors.ts';
import { isTlsRefusal } from '../../../runtime/tls-failure.ts';
import { ProviderApiError, type ProviderPermission, toProviderApiError } from './provider-api-error.ts';

export interface ProviderCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Request path, including the query. */
  readonly path: string;
  readonly right: ProviderPermission;
  /** Whether the registration existed a moment before the call, so that 404 means `gone`. */
  readonly isKnown?: boolean;
  readonly body?: object;
  readonly etag?: string | undefined;
  /** Cancels the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A successful response. */
export interface ProviderAnswer {
  readonly etag: string | undefined;
  readonly text: string;
  /** Method and path of the request. */
  readonly requestLine: string;
}

const timeoutMs = 15_000;

/** Creates a function that calls the API. It rejects with `ProviderApiError` unless the call succeeds. */
export function createProviderCaller(
  config: ProviderApiConfig,
): (call: ProviderCall) => Promise<ProviderAnswer> {
  const authorization = `Basic ${Buffer.from(`${config.username}:${config.password}`).toString('base64')}`;

  return async ({ method, path, right, isKnown = false, body, etag, signal }) => {
    const requestLine = `${method} ${path}`;
    const timeout = AbortSignal.timeout(timeoutMs);
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${config.baseUrl}${path}`, {
        method,
        headers: {
          authorization,
          accept: 'application/json',
          ...(body && { 'content-type': 'application/json' }),
          ...(etag !== undefined && { 'if-match': etag }),
        },
        ...(body && { body: JSON.stringify(body) }),
        // Following a redirect would send the credentials to its target.
        redirect: 'manual',
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      });
      text = await response.text();
    } catch (error) {
      signal?.throwIfAborted();
      throw toNoResponseError(error, requestLine, config);
    }
    if (!response.ok) {
      throw toProviderApiError(response, { text, what: requestLine, right, isKnown, config });
    }
    return { etag: response.headers.get('etag') ?? undefined, text, requestLine };
  };
}

/** @throws {ProviderApiError} `unexpected_answer` */
export function parseAnswer<S extends v.GenericSchema>(
  schema: S,
  { text, requestLine }: Pick<ProviderAnswer, 'text' | 'requestLine'>,
): v.InferOutput<S> {
  let json: unknown;
  try {
    // The provider returns `null` for members that were never set.
    json = JSON.parse(text, (_name, value: unknown) => value ?? undefined);
  } catch (error) {
    throw new ProviderApiError(
      'unexpected_answer',
      `The response to ${requestLine} is not JSON. Check COMAPI_API_URL.`,
      { cause: error },
    );
  }
  const result = v.safeParse(schema, json);
  if (!result.success) {
    const [issue] = result.issues;
    throw new ProviderApiError(
      'unexpected_answer',
      `The response to ${requestLine} does not match the API's description: ${describeIssue(issue, [])}.`,
    );
  }
  return result.output;
}

/** Converts an error of `fetch`. A failed TLS handshake has a separate code, because this failure is not temporary. */
function toNoResponseError(
  error: unknown,
  requestLine: string,
  { baseUrl }: ProviderApiConfig,
): ProviderApiError {
  const [code, advice] = isTlsRefusal(error)
    ? ([
        'tls_refused',
        'Check COMAPI_API_URL. If your own certificate authority issued the server certificate, set NODE_EXTRA_CA_CERTS.',
      ] as const)
    : (['unreachable', 'Check the network, the region and COMAPI_API_URL.'] as const);
  const message = `No response from ${baseUrl} to ${requestLine}: ${describeFetchError(error)}. ${advice}`;
  return new ProviderApiError(code, message, { cause: error });
}
