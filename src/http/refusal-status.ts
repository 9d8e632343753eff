import type { RefusalCode } from '../webhook/refusal.ts';

/**
 * Maps each refusal to an HTTP status. On 400, the provider drops the data permanently, and on 401, the provider may
 * do so. After every other error status, the provider retries for up to 24 hours. Therefore, the receiver never
 * returns 400, and returns 401 only for requests that are known not to come from the provider.
 */
export const refusalStatus: Readonly<Record<RefusalCode, number>> = {
  no_signature: 401,
  bad_signature: 401,
  body_timeout: 408,
  too_large: 413,
  unsupported_encoding: 415,
  internal_error: 500,
  secret_unusable: 503,
  aborted: 503,
  overloaded: 503,
  unverified_overload: 503,
  draining: 503,
  dead_letter_refused: 503,
  sink_unavailable: 503,
  sink_timeout: 503,
  sink_full: 503,
  sink_unroutable: 503,
  sink_closed: 503,
};
