import { createHmac } from 'node:crypto';
import { describeFetchError } from '../../runtime/errors.ts';
import { signatureHeader } from '../../webhook/verify-signature.ts';

export interface PostWebhookRequest {
  readonly url: URL;
  readonly body: Buffer;
  readonly secret: string;
  readonly timeoutMs: number;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly text: string;
}

export const where401IsExplained =
  'the receiver\'s log says why: "cause" in the line "delivery refused"; so does "comapi-webhook verify"';

/**
 * Posts a body with its signature.
 *
 * @throws {Error} when there is no answer in time; its message is for the operator
 */
export async function postWebhook(request: PostWebhookRequest): Promise<WebhookAnswer> {
  const { url, body, secret, timeoutMs } = request;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [signatureHeader]: signBody(body, secret) },
      // Followed, a redirect would become a GET, and its 200 would say that something was stored.
      redirect: 'manual',
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw new Error(`No answer from ${url.href}: ${describeFetchError(error)}`, { cause: error });
  }
}

/** The provider's signature: HMAC-SHA1 of the body's bytes, keyed with the secret's UTF-8, in lower-case hex. */
export function signBody(body: Buffer, secret: string): string {
  return createHmac('sha1', secret).update(body).digest('hex');
}
