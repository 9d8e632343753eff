/** The result of one attempt: an HTTP status, or why there was none. */
export type PostResult = number | 'timeout' | 'refused' | 'reset' | 'tls' | 'unreachable';

export type LossReason = 'status_400' | 'status_401' | 'retries_exhausted';

/**
 * What the provider does with an answer. Whether it retries after 401 is not documented: it counts as lost, the worse case.
 */
export function judgeAnswer(result: PostResult): 'accepted' | 'retry' | LossReason {
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
