import type { IncomingHttpHeaders } from 'node:http';

/** Carried by the deliveries of `comapi-webhook canary`: `part`, or `last` for the one that ends a good run. */
export const canaryHeader = 'x-comapi-webhook-canary';

/** By it, consumers know and pass by what nobody but the canary has sent. */
export const canaryEventName = 'webhook.canary';

export type CanaryMark = 'part' | 'last';

/**
 * What a verified delivery says of itself. A sender without the secret cannot make use of it: only verified deliveries are
 * asked.
 */
export function readCanaryMark(headers: IncomingHttpHeaders): CanaryMark | undefined {
  const mark = headers[canaryHeader];
  return mark === 'part' || mark === 'last' ? mark : undefined;
}
