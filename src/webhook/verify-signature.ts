import { timingSafeEqual } from 'node:crypto';
import { findHeaderCause } from './explain/signature-header.ts';
import { HmacSha1 } from './hmac-sha1.ts';
import { Refusal, SignatureHeaderRefusal, SignatureMismatch } from './refusal.ts';
import type { KnownSecrets, Secret } from './secret.ts';
import type { VerifiedBody } from './verified-body.ts';

export interface Verification {
  readonly body: VerifiedBody;
  readonly secret: string;
}

/** @throws {Refusal} `unsupported_encoding` if the body has a content encoding */
export function requireUnencodedBody(contentEncoding: string | undefined): void {
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') {
    throw new Refusal(
      'unsupported_encoding',
      'The request has a Content-Encoding, but the provider signs the unencoded bytes',
    );
  }
}

/** Name of the signature header, in lower case as in node:http. */
export const signatureHeader = 'x-comapi-signature';

const signaturePattern = /^[0-9a-fA-F]{40}$/;

/**
 * Whether the header has the provider's format of 40 hexadecimal digits. The format does not prove anything, because
 * anyone can send such a header.
 */
export function matchesSignaturePattern(header: unknown): header is string {
  return typeof header === 'string' && signaturePattern.test(header);
}

/**
 * Returns the header if it has the provider's format: an HMAC-SHA1 as 40 hexadecimal digits in either case, without a
 * prefix.
 *
 * @throws {SignatureHeaderRefusal} `missing`, or the cause that describes the actual format
 */
export function requireSignature(header: string | undefined): string {
  if (header === undefined || header === '') {
    throw new SignatureHeaderRefusal('missing');
  }
  if (!matchesSignaturePattern(header)) {
    throw new SignatureHeaderRefusal(findHeaderCause(header));
  }
  return header;
}

/** Checks signatures. Create one instance per process, because it caches an HMAC for each secret. */
export class SignatureCheck {
  /**
   * HMAC instances by secret object. Secrets change while the process runs, and each new version of a secret is a new
   * object.
   */
  readonly #hmacs = new WeakMap<Secret, HmacSha1>();
  readonly #computed = Buffer.alloc(20);
  readonly #given = Buffer.alloc(20);

  /**
   * Compares the signature with the HMAC-SHA1 of the raw bytes, in constant time, for each secret in turn.
   *
   * @param signature as returned by `requireSignature`
   *
   * @throws {Refusal} `bad_signature` (a SignatureMismatch) if no secret matches. `secret_unusable` if no secret exists
   * or one is unusable, because the signature may still be valid (docs/decisions/001-answers.md).
   */
  verify(body: Buffer, signature: string, { secrets, problems }: KnownSecrets): Verification {
    this.#given.write(signature, 'hex');
    for (const secret of secrets) {
      this.#hmacOf(secret).digestInto(this.#computed, body);
      if (timingSafeEqual(this.#computed, this.#given)) {
        return { body: body as VerifiedBody, secret: secret.label };
      }
    }
    if (secrets.length === 0 || problems.length > 0) {
      throw new Refusal('secret_unusable', 'The signature may match a secret that is currently unusable');
    }
    throw new SignatureMismatch({ body, digest: Buffer.from(this.#given) });
  }

  #hmacOf(secret: Secret): HmacSha1 {
    let hmac = this.#hmacs.get(secret);
    if (hmac === undefined) {
      hmac = new HmacSha1(secret.value);
      this.#hmacs.set(secret, hmac);
    }
    return hmac;
  }
}
