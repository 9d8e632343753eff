import type { ProviderApiConfig } from '../../../config/provider-api-config.ts';

/**
 * Reason why a call of the provider's API failed.
 *
 * - `unauthorized` (401), `wrong_region` (403), `not_found` (404), `conflict` (412), `rate_limited` (429)
 * - `gone`: 404 for a registration that existed a moment ago
 * - `rejected`: any other 4xx, because the request itself is wrong
 * - `provider_failed`: 5xx
 * - `unreachable`: no response
 * - `tls_refused`: the TLS handshake failed, because of the certificate or because only one side uses TLS
 * - `unexpected_answer`: a status or a body that the API's description does not contain
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

/** A failed API call. The message tells the operator what happened and what to do. */
export class ProviderApiError extends Error {
  readonly code: ProviderApiErrorCode;
  /** Value of `Retry-After`, or `undefined` if the response has no such header. */
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

/** A part of the API to which the API user needs access. */
export type ProviderPermission = 'webhooks' | 'messages' | 'analytics';

interface FailedCall {
  /** Body of the response. */
  readonly text: string;
  /** Method and path of the request. */
  readonly what: string;
  readonly right: ProviderPermission;
  /** Whether the registration existed a moment before the call. */
  readonly isKnown: boolean;
  readonly config: ProviderApiConfig;
}

/** Converts an unsuccessful response to an error with advice. */
export function toProviderApiError({ status, headers }: Response, call: FailedCall): ProviderApiError {
  const isRetryable = status === 429 || status >= 500;
  const retryAfterMs = isRetryable ? toRetryAfterMs(headers.get('retry-after')) : undefined;
  const [code, message] = explainStatus(status, { ...call, retryAfterMs });
  return new ProviderApiError(code, message, { retryAfterMs });
}

function explainStatus(
  status: number,
  { text, what, right, isKnown, config, retryAfterMs }: FailedCall & { retryAfterMs: number | undefined },
): readonly [code: ProviderApiErrorCode, message: string] {
  const responseExcerpt = toResponseExcerpt(text, config.password);
  const on = `(${status} on ${what})`;
  switch (status) {
    case 401:
      return [
        'unauthorized',
        `The provider rejected the credentials ${on}. Check COMAPI_API_USERNAME and COMAPI_API_PASSWORD: they must be the credentials of an API user, not of a login.`,
      ];
    case 403:
      return [
        'wrong_region',
        `The provider denied access ${on}. The account is probably not in region ${config.region}: set COMAPI_API_REGION to the region in the account's URL (r1, r2 or r3). Otherwise, check that the API user has access to ${right}.`,
      ];
    case 404:
      return isKnown
        ? ['gone', `The registration was deleted in the meantime ${on}. Run the command again.`]
        : [
            'not_found',
            `The provider's API at ${config.baseUrl} has no such resource ${on}. Check COMAPI_API_URL${right === 'analytics' ? ', and check that the API user has an API space' : ''}.`,
          ];
    case 412:
      return [
        'conflict',
        `The registration was changed by someone else in the meantime ${on}. Run the command again.`,
      ];
    case 429:
      return [
        'rate_limited',
        `The provider limits the rate of calls ${on}. Wait ${retryAfterMs ? `${retryAfterMs / 1_000} s` : 'a minute'} before the next call.`,
      ];
    default:
  }
  if (status >= 500) {
    return [
      'provider_failed',
      `The provider failed to process the request ${on}${responseExcerpt}. Try again later.`,
    ];
  }
  return status >= 400
    ? [
        'rejected',
        `The provider rejected the request ${on}${responseExcerpt}. Correct the settings that the response names.`,
      ]
    : [
        'unexpected_answer',
        `The response to ${what} has the status ${status}, which the provider's API never returns. Check COMAPI_API_URL (${config.baseUrl}).`,
      ];
}

/** Reads seconds only. A date is ignored, because this machine's clock may differ from the provider's. */
function toRetryAfterMs(header: string | null): number | undefined {
  return header !== null && /^\d{1,4}$/.test(header) ? Number(header) * 1_000 : undefined;
}

function toResponseExcerpt(text: string, password: string): string {
  const line = text.replaceAll(password, '***').replace(/\s+/g, ' ').trim().slice(0, maxQuotedCharacters);
  return line === '' ? '' : `, saying ${JSON.stringify(line)}`;
}

interface RetryDeps {
  readonly delay: (delayMs: number) => Promise<unknown>;
  /** Callback that is called before each retry, with a sentence for the operator. */
  readonly onWarning: (text: string) => void;
}

const maxAttempts = 5;
const maxRetryAfterMs = 60_000;

/** Whether the same call may succeed later. */
export function isTemporary(error: unknown): error is ProviderApiError {
  return (
    error instanceof ProviderApiError &&
    (['rate_limited', 'provider_failed', 'unreachable'] as readonly string[]).includes(error.code)
  );
}

/**
 * Runs work that starts by reading the current state, and runs it again after a temporary failure. This is safe after
 * any failure, even if a response was lost. After `conflict` and `gone`, the work is repeated immediately, because the
 * state that was read is outdated.
 */
export async function retryWithFreshState<T>(
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
        onWarning('The registration changed in the meantime. Reading it again.');
      } else if (isTemporary(error) && (error.retryAfterMs ?? 0) <= maxRetryAfterMs) {
        const delayMs = error.retryAfterMs ?? 1_000 * 2 ** (attempt - 1);
        onWarning(`${error.message} Retrying in ${delayMs / 1_000} s.`);
        await delay(delayMs);
      } else {
        throw error;
      }
    }
  }
}
