import { createHmac } from 'node:crypto';

/** The provider's signature: HMAC-SHA1 of the body's bytes, keyed with the secret's UTF-8, in lower-case hex. */
export function signBody(body: Buffer, secret: string): string {
  return createHmac('sha1', secret).update(body).digest('hex');
}
