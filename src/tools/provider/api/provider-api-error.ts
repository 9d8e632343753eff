import type { ProviderApiConfig } from '../../../config/provider-api-config.ts';

/**
 * Why a call of the provider's API did not succeed.
 *
 * - `unauthorized` (401), `wrong_region` (403), `not_found` (404), `conflict` (412), `rate_limited` (429)
 * - `gone`: 404 on a registration that was there a moment ago
 * - `rejected`: any other 4xx; the request itself is wrong
 * - `provider_failed`: 5xx
 * - `unreachable`: no answer
 * - `tls_refused`: no answer for the certificate, or because one side speaks TLS and the other does not
 * - `unexpected_answer`: a status or a body that the API's description does not have
 */
export type ProviderApiErrorCode =
  | 'unauthorized'
  | 'wrong_region'
  | 'not_found'
  | 'gone'
  | 'conflict'
  | 'rate_limited'
  | 'rejected'
  | 'provider_failed'
  | 'unreachable'
  | 'tls_refused'
  | 'unexpected_answer';

/** Its message is one or two sentences for the operator: what happened, and what to do. */
export class ProviderApiError extends Error {
  readonly code: ProviderApiErrorCode;
  /** From `Retry-After`. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ProviderApiErrorCode,
    message: string,
    options?: ErrorOptions & { readonly retryAfterMs?: number | undefined },
  ) {
    super(message, options);
    this.name = 'ProviderApiError';
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }
}

const maxQuotedCharacters = 300;

/** What the API user must be allowed to use. */
export type ProviderRight = 'webhooks' | 'messages' | 'analytics';

interface FailedCall {
  /** The body of the answer. */
  readonly text: string;
  /** Method and path. */
  readonly what: string;
  readonly right: ProviderRight;
  /** It is about a registration that was there a moment ago. */
  readonly isKnown: boolean;
  readonly config: ProviderApiConfig;
}

/** The meaning of an answer that is not a success, and what to do about it. */
export function toProviderApiError({ status, headers }: Response, call: FailedCall): ProviderApiError {
  const mayRetry = status === 429 || status >= 500;
  const retryAfterMs = mayRetry ? toRetryAfterMs(headers.get('retry-after')) : undefined;
  const [code, message] = explain(status, { ...call, retryAfterMs });
  return new ProviderApiError(code, message, { retryAfterMs });
}

function explain(
  status: number,
  { text, what, right, isKnown, config, retryAfterMs }: FailedCall & { retryAfterMs: number | undefined },
): readonly [code: ProviderApiErrorCode, message: string] {
  const said = quote(text, config.password);
  const on = `(${status}) on ${what}`;
  switch (status) {
    case 401:
      return [
        'unauthorized',
        `The provider refused the credentials ${on}: check COMAPI_API_USERNAME and COMAPI_API_PASSWORD; they are those of an API user, not of a login.`,
      ];
    case 403:
      return [
        'wrong_region',
        `The provider refused access ${on}: the account is probably not in region ${config.region}; set COMAPI_API_REGION to r1, r2 or r3 as in the address of the account, and check that the API user may use ${right}.`,
      ];
    case 404:
      return isKnown
        ? ['gone', `The registration was deleted meanwhile ${on}: run again.`]
        : [
            'not_found',
            `The provider knows no such resource ${on} at ${config.baseUrl}: check COMAPI_API_URL${right === 'analytics' ? ', and that the API user has an API space' : ''}.`,
          ];
    case 412:
      return ['conflict', `Someone else changed the registration meanwhile ${on}: run again.`];
    case 429:
      return [
        'rate_limited',
        `The provider limits the rate of calls ${on}: wait ${retryAfterMs ? `${retryAfterMs / 1_000} s` : 'a minute'} and run again.`,
      ];
    default:
  }
  if (status >= 500) {
    return ['provider_failed', `The provider has a trouble of its own ${on}${said}: run again later.`];
  }
  return status >= 400
    ? ['rejected', `The provider rejected the request ${on}${said}: correct the settings it names.`]
    : [
        'unexpected_answer',
        `The answer to ${what} has the status ${status}, which the provider's API does not give: check COMAPI_API_URL (${config.baseUrl}).`,
      ];
}

/** Whole seconds only: the other form, a date, needs a clock that agrees with the provider's. */
function toRetryAfterMs(header: string | null): number | undefined {
  return header !== null && /^\d{1,4}$/.test(header) ? Number(header) * 1_000 : undefined;
}

function quote(text: string, password: string): string {
  const line = text.replaceAll(password, '***').replace(/\s+/g, ' ').trim().slice(0, maxQuotedCharacters);
  return line === '' ? '' : `, saying ${JSON.stringify(line)}`;
}

interface RetryDeps {
  readonly delay: (delayMs: number) => Promise<unknown>;
  /** For the operator, one sentence before each retry. */
  readonly onWarning: (text: string) => void;
}

const maxAttempts = 5;
const maxRetryAfterMs = 60_000;

/** The same call may succeed a little later. */
export function isTemporary(error: unknown): error is ProviderApiError {
  return (
    error instanceof ProviderApiError &&
    (['rate_limited', 'provider_failed', 'unreachable'] as readonly string[]).includes(error.code)
  );
}

/**
 * Runs work that begins by reading the present state. Such work can be run again after any failure, even when its answer
 * was lost. After `conflict` and `gone` the state has changed since it was read: the work is run again at once.
 */
export async function retryFromPresentState<T>(
  work: () => Promise<T>,
  { delay, onWarning }: RetryDeps,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ProviderApiError) || attempt === maxAttempts) {
        throw error;
      }
      if (error.code === 'conflict' || error.code === 'gone') {
        onWarning('The registration changed meanwhile; reading it again.');
      } else if (isTemporary(error) && (error.retryAfterMs ?? 0) <= maxRetryAfterMs) {
        const delayMs = error.retryAfterMs ?? 1_000 * 2 ** (attempt - 1);
        onWarning(`${error.message} Trying again in ${delayMs / 1_000} s.`);
        await delay(delayMs);
      } else {
        throw error;
      }
    }
  }
}
