import type { Middleware } from 'koa';

export interface LandingPageOptions {
  /** Path of the webhook that the page describes. `undefined` for `/`, which reveals no paths. */
  readonly path: string | undefined;
  /** Shown before the path. */
  readonly publicUrl: string | undefined;
  /** Whether events can be stored at the moment. */
  readonly isStoring: () => boolean;
}

/** The start of the page, by which other programs recognize a receiver. */
export const landingPageStart = 'The webhook receiver is up';

/**
 * Creates the page that tells a person at the URL that the receiver is up, and what to register. The page is plain text. It
 * contains no secrets, no internals, and nothing of the request.
 */
export function createLandingPage({ path, publicUrl, isStoring }: LandingPageOptions): Middleware {
  const rest = `
It receives the signed webhooks of Dotdigital CPaaS (Comapi) and stores each event before it responds.

${describeUrl(path, publicUrl)}

In the provider's portal, choose Webhooks, then Add new webhook. Enter the URL and the receiver's secret, and choose batches.
The provider sends events by POST. Status, health and metrics are on the management port.
`;
  return function showLandingPage(ctx) {
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('Cache-Control', 'no-store');
    ctx.type = 'text/plain; charset=utf-8';
    ctx.body = landingPageStart + (isStoring() ? '.\n' : storesNothing) + rest;
  };
}

/** The status stays 200, because a person who requests this page wants to know whether the URL reaches a receiver. */
const storesNothing = `, but it cannot store events now.
Deliveries get 503, and the provider retries them for 24 hours. The status page on the management port shows the reason.
`;

function describeUrl(path: string | undefined, publicUrl: string | undefined): string {
  if (path === undefined) {
    return 'Add the path of your webhook to this address. If the path is correct, the page shows it.';
  }
  return publicUrl === undefined
    ? `Register the public address of this host with this path:\n  ${path}`
    : `URL to register:\n  ${publicUrl}${path}`;
}
