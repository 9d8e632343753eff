declare const verified: unique symbol;

/**
 * Body bytes with a verified signature. Only such bytes can be split or stored, and only two functions make them:
 * `verifySignature` from what arrives, and `readmitDeadLetter` from what was verified when it arrived.
 */
export type VerifiedBody = Buffer & { readonly [verified]: true };

/**
 * Allows the bytes of a dead letter to be split and keyed again. The receiver checked their signature before it wrote the
 * dead letter. The signature cannot be checked again, because it was over the whole body. So everybody who may write to
 * the dead-letter topic or to the journal is trusted as if they had the secret.
 */
export function readmitDeadLetter(bytes: Buffer): VerifiedBody {
  return bytes as VerifiedBody;
}
