/** The result of one attempt: an HTTP status, or why there was none. */
export type PostResult = number | 'timeout' | 'refused' | 'reset' | 'tls' | 'unreachable';

export type LossReason = 'status_400' | 'status_401' | 'retries_exhausted';

/**
 * What the provider does with an answer. Whether it retries after 401 is not documented: it counts as lost, the worse case.
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

/** Before each retry, over 24 hours. */
const secondsBeforeRetry = [
  5, 5, 30, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 14_400, 14_400, 14_400, 14_400,
];

/**
 * How long the provider waits after that many failed attempts; `undefined` when it gives up.
 *
 * @param timeScale how many times faster than the provider
 */
export function retryDelayMs(failedAttempts: number, timeScale: number): number | undefined {
  const seconds = secondsBeforeRetry[failedAttempts - 1];
  return seconds === undefined ? undefined : (seconds * 1_000) / timeScale;
}
