/**
 * Why a call of the Webhook API did not succeed.
 *
 * - `unauthorized` (401), `wrong_region` (403), `not_found` (404), `conflict` (412), `rate_limited` (429)
 * - `gone`: 404 on a registration that was there a moment ago
 * - `rejected`: any other 4xx; the request itself is wrong
 * - `provider_failed`: 5xx
 * - `unreachable`: no answer
 * - `unexpected_answer`: a status or a body that the API's description does not have
 */
export type WebhookApiErrorCode =
  | 'unauthorized'
  | 'wrong_region'
  | 'not_found'
  | 'gone'
  | 'conflict'
  | 'rate_limited'
  | 'rejected'
  | 'provider_failed'
  | 'unreachable'
  | 'unexpected_answer';

/** Its message is one or two sentences for the operator: what happened, and what to do. */
export class WebhookApiError extends Error {
  readonly code: WebhookApiErrorCode;
  /** From `Retry-After`. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: WebhookApiErrorCode,
    message: string,
    options?: ErrorOptions & { readonly retryAfterMs?: number | undefined },
  ) {
    super(message, options);
    this.name = 'WebhookApiError';
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }
}
