import type { ProviderApiConfig } from '../../config/provider-api-config.ts';
import { WebhookApiError } from './webhook-api-error.ts';

const maxQuotedCharacters = 300;

/** What an answer that is not a success means, and what to do about it. */
export function toWebhookApiError(
  response: Response,
  call: {
    readonly text: string;
    readonly what: string;
    readonly id?: string | undefined;
    readonly config: ProviderApiConfig;
  },
): WebhookApiError {
  const { status } = response;
  const { text, what, config } = call;
  const said = quote(text, config.password);
  switch (status) {
    case 401:
      return new WebhookApiError(
        'unauthorized',
        `The provider refused the credentials (401) on ${what}: check COMAPI_API_USERNAME and COMAPI_API_PASSWORD; they are those of an API user, not of a login.`,
      );
    case 403:
      return new WebhookApiError(
        'wrong_region',
        `The provider refused access (403) on ${what}: the account is probably not in region ${config.region}; give --region r1, r2 or r3 as in the address of the account, and check that the API user may use webhooks.`,
      );
    case 404:
      if (call.id !== undefined) {
        return new WebhookApiError(
          'gone',
          `The registration was deleted meanwhile (404) on ${what}: run again.`,
        );
      }
      return new WebhookApiError(
        'not_found',
        `The provider knows no such resource (404) on ${what} at ${config.baseUrl}: check COMAPI_API_URL.`,
      );
    case 412:
      return new WebhookApiError(
        'conflict',
        `Someone else changed the registration meanwhile (412) on ${what}: run again.`,
      );
    case 429:
      return new WebhookApiError(
        'rate_limited',
        `The provider limits the rate of calls (429) on ${what}: wait a minute and run again.`,
        { retryAfterMs: toRetryAfterMs(response.headers.get('retry-after')) },
      );
    default:
  }
  if (status >= 500) {
    return new WebhookApiError(
      'provider_failed',
      `The provider has a trouble of its own (${status}) on ${what}${said}: run again later.`,
      { retryAfterMs: toRetryAfterMs(response.headers.get('retry-after')) },
    );
  }
  if (status >= 400) {
    return new WebhookApiError(
      'rejected',
      `The provider rejected the request (${status}) on ${what}${said}: correct the settings it names.`,
    );
  }
  return new WebhookApiError(
    'unexpected_answer',
    `The answer to ${what} has the status ${status}, which the Webhook API does not give: check COMAPI_API_URL (${config.baseUrl}).`,
  );
}

/** Whole seconds only: the other form, a date, needs a clock that agrees with the provider's. */
function toRetryAfterMs(header: string | null): number | undefined {
  return header !== null && /^\d{1,4}$/.test(header) ? Number(header) * 1_000 : undefined;
}

function quote(text: string, password: string): string {
  const line = text.replaceAll(password, '***').replace(/\s+/g, ' ').trim().slice(0, maxQuotedCharacters);
  return line === '' ? '' : `, saying ${JSON.stringify(line)}`;
}
