declare const verified: unique symbol;

/**
 * Body bytes with a verified signature. Only such bytes can be split or stored, and only two functions make them:
 * `verifySignature` from what arrives, and `readmitDeadLetter` from what was verified when it arrived.
 */
export type VerifiedBody = Buffer & { readonly [verified]: true };
