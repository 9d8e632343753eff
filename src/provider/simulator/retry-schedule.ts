const secondsBeforeRetry = [
  5, 5, 30, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 14_400, 14_400, 14_400, 14_400,
];

/** Retries before the provider drops an event, over 24 hours. */
export const maxRetries = secondsBeforeRetry.length;

/**
 * How long the provider waits after that many failed attempts; `undefined` when it gives up.
 *
 * @param timeScale how many times faster than the provider
 */
export function retryDelayMs(failedAttempts: number, timeScale: number): number | undefined {
  const seconds = secondsBeforeRetry[failedAttempts - 1];
  return seconds === undefined ? undefined : (seconds * 1_000) / timeScale;
}
