/** The result of one attempt: an HTTP status, or the reason why there was no response. */
export type PostResult = number | 'timeout' | 'refused' | 'reset' | 'tls' | 'unreachable';

export type LossReason = 'status_400' | 'status_401' | 'retries_exhausted';

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
  if (result === 400 || result === 401) {
    return `status_${result}`;
  }
  return 'retry';
}

/** Pauses before the retries, which add up to 24 hours. */
const secondsBeforeRetry = [
  5, 5, 30, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 14_400, 14_400, 14_400, 14_400,
];

/**
 * Returns how long the provider waits after this many failed attempts, or `undefined` if it gives up.
 *
 * @param timeScale how many times faster than the provider's the schedule runs
 */
export function retryDelayMs(failedAttempts: number, timeScale: number): number | undefined {
  const seconds = secondsBeforeRetry[failedAttempts - 1];
  return seconds === undefined ? undefined : (seconds * 1_000) / timeScale;
}
