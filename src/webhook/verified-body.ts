declare const verified: unique symbol;

/**
 * Body bytes whose signature was checked. Only such bytes can be split or stored, and only two functions make them:
 * `verifySignature` from what arrives, and `readmitDeadLetter` from what it once let in.
 */
export type VerifiedBody = Buffer & { readonly [verified]: true };
