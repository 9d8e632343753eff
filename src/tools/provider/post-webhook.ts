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

export const unauthorizedAdvice =
  'The receiver rejected the signature. For the reason, see "cause" in the receiver\'s log, or run "comapi-webhook verify".';

/**
 * Posts a body with its signature.
 *
 * @throws {Error} with a message for the operator, if no response arrives in time
 */
export async function postWebhook(request: PostWebhookRequest): Promise<WebhookAnswer> {
  const { url, body, secret, timeoutMs } = request;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [signatureHeader]: signBody(body, secret) },
      // `fetch` would follow a redirect with a GET request. A response with 200 would then look as if the events were
      // stored.
      redirect: 'manual',
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw new Error(`No response from ${url.href}: ${describeFetchError(error)}`, { cause: error });
  }
}

/** Computes the provider's signature: HMAC-SHA1 of the body, keyed with the secret in UTF-8, in lower-case hexadecimal. */
export function signBody(body: Buffer, secret: string): string {
  return createHmac('sha1', secret).update(body).digest('hex');
}
