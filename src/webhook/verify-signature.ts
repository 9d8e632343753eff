import { timingSafeEqual } from 'node:crypto';
import { findHeaderCause } from './explain/signature-form.ts';
import { HmacSha1 } from './hmac-sha1.ts';
import { Refusal, SignatureHeaderRefusal, SignatureMismatch } from './refusal.ts';
import type { KnownSecrets, Secret } from './secret.ts';
import type { VerifiedBody } from './verified-body.ts';

export interface Verification {
  readonly body: VerifiedBody;
  /** Label of the secret that verified it. */
  readonly secret: string;
}

/** @throws {Refusal} `unsupported_encoding` when the body has a content encoding */
export function requirePlainBody(contentEncoding: string | undefined): void {
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') {
    throw new Refusal('unsupported_encoding', 'The body is encoded, but the signature is over plain bytes');
  }
}

/** As node:http names headers: in lower case. */
export const signatureHeader = 'x-comapi-signature';

const signatureForm = /^[0-9a-fA-F]{40}$/;

/** Whether it may be the provider's: 40 hexadecimal digits. Anybody can send these. */
export function hasSignatureForm(header: unknown): header is string {
  return typeof header === 'string' && signatureForm.test(header);
}

/**
 * The signature: HMAC-SHA1 as 40 hexadecimal digits in either case, without a prefix.
 *
 * @throws {SignatureHeaderRefusal} `missing`, or what other form it has
 */
export function requireSignature(header: string | undefined): string {
  if (header === undefined || header === '') {
    throw new SignatureHeaderRefusal('missing');
  }
  if (!hasSignatureForm(header)) {
    throw new SignatureHeaderRefusal(findHeaderCause(header));
  }
  return header;
}

/**
 * Compares the HMAC-SHA1 of the raw bytes with the signature, in constant time, for each secret in turn.
 *
 * @param signature as `requireSignature` gives it
 *
 * @throws {Refusal} `bad_signature`, a SignatureMismatch, when no secret gives that signature. `secret_unusable` when there is no secret, or
 * one that cannot be used: the signature may still be good (docs/decisions/001-answers.md).
 */
export type VerifySignature = (body: Buffer, signature: string, known: KnownSecrets) => Verification;

export function createSignatureCheck(): VerifySignature {
  /** Secrets change while the process runs: those of a new moment are new objects. */
  const hmacs = new WeakMap<Secret, HmacSha1>();
  const expected = Buffer.alloc(20);
  const given = Buffer.alloc(20);

  function hmacOf(secret: Secret): HmacSha1 {
    let hmac = hmacs.get(secret);
    if (hmac === undefined) {
      hmac = new HmacSha1(secret.value);
      hmacs.set(secret, hmac);
    }
    return hmac;
  }

  return function verifySignature(body, signature, { secrets, problems }) {
    given.write(signature, 'hex');
    for (const secret of secrets) {
      hmacOf(secret).digestInto(expected, body);
      if (timingSafeEqual(expected, given)) {
        return { body: body as VerifiedBody, secret: secret.label };
      }
    }
    if (secrets.length === 0 || problems.length > 0) {
      throw new Refusal('secret_unusable', 'The signature may belong to a secret that cannot be used');
    }
    throw new SignatureMismatch({ body, digest: Buffer.from(given) });
  };
}
