/** What an attacker does on one connection. The attacker does not know any secret. */
export interface Attack {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Milliseconds to wait for a response after all bytes are written. The default is 300. */
  readonly patienceMs?: number;
}

/** Bytes to write, a number of milliseconds to wait, or how to end the connection. */
export type Step = string | number | { readonly end: 'half-close' | 'reset' };

/** Closes the sending side of the connection, and continues to read. */
export const halfClose: Step = { end: 'half-close' };
/** Destroys the connection. */
export const reset: Step = { end: 'reset' };

/** Pause between two writes, so that a proxy forwards the first one separately. */
export const pauseMs = 5;
