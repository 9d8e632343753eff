import { createHmac, timingSafeEqual } from 'node:crypto';
import { Refusal } from './refusal.ts';
import type { KnownSecrets } from './secret.ts';
import { SignatureRefusal } from './signature-refusal.ts';
import type { VerifiedBody } from './verified-body.ts';

export interface Verification {
  readonly body: VerifiedBody;
  /** Label of the secret that verified it. */
  readonly secret: string;
}

/** The signature's bytes: HMAC-SHA1 in hex, 40 digits, no prefix. Either case stands for the same bytes. */
export function parseSignature(header: string | undefined): Buffer {
  if (header === undefined || header === '') {
    throw new SignatureRefusal('missing', 'The request has no signature header');
  }
  if (!/^[0-9a-fA-F]{40}$/.test(header)) {
    throw new SignatureRefusal('malformed', 'The signature is not 40 hexadecimal digits');
  }
  return Buffer.from(header, 'hex');
}

/**
 * Checks HMAC-SHA1 over the raw bytes in constant time, against each secret in turn.
 *
 * @throws {Refusal} `bad_signature` when no secret gives that signature; `secret_unusable` when none does, but one of
 * them cannot be used or there is none, so that nobody can say whether the signature is good (docs/decisions/040)
 */
export function verifySignature(
  body: Buffer,
  signature: Buffer,
  { secrets, faults }: KnownSecrets,
): Verification {
  for (const secret of secrets) {
    const expected = createHmac('sha1', secret.value).update(body).digest();
    if (timingSafeEqual(expected, signature)) {
      return { body: body as VerifiedBody, secret: secret.label };
    }
  }
  if (secrets.length === 0 || faults.length > 0) {
    throw new Refusal('secret_unusable', 'The signature may be that of a secret that cannot be used');
  }
  throw new SignatureRefusal('mismatch', 'The signature matches none of the secrets');
}
