/** One line of `check`. */
export interface CheckResult {
  readonly area: 'configuration' | 'secrets' | 'tls' | 'store' | 'spool' | 'topics';
  readonly verdict: 'ok' | 'warning' | 'error';
  /** The fact, in one sentence; never with a secret. */
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
}
