import type { Middleware } from 'koa';

export interface LandingPageOptions {
  /** Path of the webhook that the page describes, or `undefined` for the page at `/`, which does not reveal any paths. */
  readonly path: string | undefined;
  /** Public URL that the page shows before the path. */
  readonly publicUrl: string | undefined;
  readonly isStoring: () => boolean;
}

/** First line of the page, by which other programs recognize a receiver. */
export const landingPageStart = 'The webhook receiver is up';

/**
 * Creates the landing page, which says that the receiver is up and explains what to register. The page is plain text
 * and does not contain secrets, internal details, or parts of the request.
 */
export function createLandingPage({ path, publicUrl, isStoring }: LandingPageOptions): Middleware {
  const landingPageEnd = `
It receives the signed webhooks of Dotdigital CPaaS (Comapi) and stores each event before it responds.

${describeUrl(path, publicUrl)}

In the provider's portal, choose Webhooks, then Add new webhook. Enter the URL and the receiver's secret, and choose batches.
The provider sends events by POST. Status, health and metrics are on the management port.
`;
  return function showLandingPage(ctx) {
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('Cache-Control', 'no-store');
    ctx.type = 'text/plain; charset=utf-8';
    ctx.body = landingPageStart + (isStoring() ? '.\n' : storeUnavailableText) + landingPageEnd;
  };
}

/** The status stays 200, because a person who requests this page wants to know whether the URL reaches a receiver. */
const storeUnavailableText = `.
The receiver cannot store events now. Deliveries get 503, and the provider retries them for 24 hours.
The status page on the management port shows the reason.
`;

function describeUrl(path: string | undefined, publicUrl: string | undefined): string {
  if (path === undefined) {
    return 'Add the path of your webhook to this address. If the path is correct, the page shows it.';
  }
  return publicUrl === undefined
    ? `Register a URL that consists of the public address of this host and this path:\n  ${path}`
    : `Register this URL:\n  ${publicUrl}${path}`;
}
