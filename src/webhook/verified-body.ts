declare const verified: unique symbol;

/**
 * Body bytes whose signature was checked. Only `verifySignature` makes one, and only such bytes can be split or stored.
 */
export type VerifiedBody = Buffer & { readonly [verified]: true };
