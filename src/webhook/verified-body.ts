declare const verifiedBrand: unique symbol;

/**
 * Body bytes with a verified signature. Only such bytes can be split or stored. Only two functions create them:
 * `SignatureCheck.verify` for deliveries, and `trustDeadLetter` for dead letters, which were verified when they arrived.
 */
export type VerifiedBody = Buffer & { readonly [verifiedBrand]: true };

/**
 * Marks the bytes of a dead letter as verified, so that they can be split into events again. The receiver checked their
 * signature before it wrote the dead letter. The signature cannot be checked again, because it covered the whole body.
 * Therefore, anyone who can write to the dead-letter topic or the journal is trusted like an owner of the secret.
 */
export function trustDeadLetter(bytes: Buffer): VerifiedBody {
  return bytes as VerifiedBody;
}
