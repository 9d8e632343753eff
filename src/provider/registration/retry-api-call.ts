import { WebhookApiError, type WebhookApiErrorCode } from './webhook-api-error.ts';

export interface RetryDeps {
  readonly delay: (delayMs: number) => Promise<unknown>;
  /** For the operator, one sentence before each retry. */
  readonly onNotice: (text: string) => void;
}

const maxAttempts = 5;
const maxRetryAfterMs = 60_000;
const temporary: readonly WebhookApiErrorCode[] = ['rate_limited', 'provider_failed', 'unreachable'];

/**
 * Runs work that begins by reading the present state. Such work can be run again after any failure, even when its answer
 * was lost. After `conflict` and `gone` the state has changed since it was read: the work is run again at once.
 */
export async function retryFromPresentState<T>(
  work: () => Promise<T>,
  { delay, onNotice }: RetryDeps,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof WebhookApiError) || attempt === maxAttempts) {
        throw error;
      }
      if (error.code === 'conflict' || error.code === 'gone') {
        onNotice('The registration changed meanwhile; reading it again.');
      } else if (temporary.includes(error.code) && (error.retryAfterMs ?? 0) <= maxRetryAfterMs) {
        const delayMs = error.retryAfterMs ?? 1_000 * 2 ** (attempt - 1);
        onNotice(`${error.message} Trying again in ${delayMs / 1_000} s.`);
        await delay(delayMs);
      } else {
        throw error;
      }
    }
  }
}
