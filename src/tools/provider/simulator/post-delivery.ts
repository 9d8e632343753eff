import { causesOf, hasCode } from '../../../runtime/errors.ts';
import { isTlsRefusal } from '../../../runtime/tls-failure.ts';
import { type PostWebhookRequest, postWebhook } from '../post-webhook.ts';

/** The result of one attempt: an HTTP status, or the reason why there was no response. */
export type PostResult = number | 'timeout' | 'refused' | 'reset' | 'tls' | 'unreachable';

export type LossReason = 'status_400' | 'status_401' | 'retries_exhausted';

/** Posts a signed body. Never rejects. */
export async function postDelivery(request: PostWebhookRequest): Promise<PostResult> {
  try {
    const { status } = await postWebhook(request);
    return status;
  } catch (error) {
    return classifyFailure(error);
  }
}

/** Error codes that the operating system and `fetch` use for an interrupted connection. */
const resetCodes = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];

function classifyFailure(error: unknown): PostResult {
  const causes = causesOf(error);
  if (causes.some(({ name }) => name === 'TimeoutError')) {
    return 'timeout';
  }
  if (causes.some((each) => hasCode(each, 'ECONNREFUSED'))) {
    return 'refused';
  }
  // `fetch` throws an `HTTPParserError` if the response is not HTTP.
  if (causes.some((each) => hasCode(each, ...resetCodes) || each.name === 'HTTPParserError')) {
    return 'reset';
  }
  return isTlsRefusal(error) ? 'tls' : 'unreachable';
}

/**
 * Decides how the provider handles a result. The provider's documentation does not say whether the provider retries
 * after 401, so a delivery with 401 counts as lost, which is the worse case.
 */
export function classifyResponse(result: PostResult): 'accepted' | 'retry' | LossReason {
  if (typeof result !== 'number') {
    return 'retry';
  }
  if (result >= 200 && result < 300) {
    return 'accepted';
  }
  return result === 400 || result === 401 ? `status_${result}` : 'retry';
}

/** Pauses before the retries, which add up to 24 hours. */
const secondsBeforeRetry = [
  5, 5, 30, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 14_400, 14_400, 14_400, 14_400,
];

/**
 * Returns how long the provider waits after this many failed attempts, or `undefined` if it gives up.
 *
 * @param timeScale factor by which the schedule runs faster than the provider's
 */
export function retryDelayMs(failedAttempts: number, timeScale: number): number | undefined {
  const seconds = secondsBeforeRetry[failedAttempts - 1];
  return seconds === undefined ? undefined : (seconds * 1_000) / timeScale;
}

/** Describes a failed attempt and what the provider does next. */
export function describePostFailure(url: URL, result: PostResult): string {
  const failure =
    typeof result === 'number'
      ? `${url.href} returned ${result}.`
      : `${url.href} did not respond (${result}).`;
  if (classifyResponse(result) === 'retry') {
    return `${failure} The delivery is retried on the provider's schedule. To make the retries faster, use --time-scale.`;
  }
  const reason = result === 401 ? ' The receiver uses a different secret.' : '';
  return `${failure} The provider does not retry, so the events are lost.${reason}`;
}
