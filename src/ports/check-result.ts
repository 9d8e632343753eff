/** One line in the output of `check`. */
export interface CheckResult {
  readonly area: 'configuration' | 'secrets' | 'tls' | 'store' | 'spool' | 'topics';
  readonly verdict: 'ok' | 'warning' | 'error';
  /** Result of the check, as one sentence that never contains a secret. */
  readonly text: string;
  /** Recommended action for the operator. */
  readonly advice?: string;
}
