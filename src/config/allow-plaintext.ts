import { booleanVariable } from './variables.ts';

/** Passwords, tokens and headers with credentials may cross a network without TLS: to the store, and to a collector of traces. */
export const allowPlaintextVariable = booleanVariable('ALLOW_PLAINTEXT', false);
