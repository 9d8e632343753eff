/** What an attacker does on one connection. It knows no secret. */
export interface Attack {
  readonly name: string;
  readonly steps: readonly Step[];
  /** How long it stays for an answer once all is written; 300 by default. */
  readonly patienceMs?: number;
}

/** Bytes to write, milliseconds to wait, or an end. */
export type Step = string | number | { readonly end: 'half-close' | 'reset' };

/** Sends no more, and reads on. */
export const halfClose: Step = { end: 'half-close' };
/** Tears the connection down. */
export const reset: Step = { end: 'reset' };

/** Between two writes: long enough for the first one to pass through a proxy alone. */
export const pauseMs = 5;
