/** One line in the output of `check`. */
export interface CheckResult {
  readonly area: 'configuration' | 'secrets' | 'tls' | 'store' | 'spool' | 'topics';
  readonly verdict: 'ok' | 'warning' | 'error';
  /** The fact, in one sentence. Never contains a secret. */
  readonly text: string;
  /** What the operator should do. */
  readonly advice?: string;
}
