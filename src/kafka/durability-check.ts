export type Verdict = 'ok' | 'warning' | 'error';
