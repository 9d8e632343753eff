import type { Middleware } from 'koa';

export interface LandingPageOptions {
  /** Of the webhook that the page is for; `undefined` at `/`, which names none. */
  readonly path: string | undefined;
  /** Shown before the path. */
  readonly publicUrl: string | undefined;
  /** Whether events can be stored at the moment. */
  readonly isStoring: () => boolean;
}

/** By which another program knows that a receiver answers. */
export const landingPageStart = 'The webhook receiver is up';

/**
 * Tells a person who opens the URL that the receiver is up, and what to register. Plain text, without anything of the request:
 * no secret, no internals, and nothing that a stranger has written.
 */
export function createLandingPage({ path, publicUrl, isStoring }: LandingPageOptions): Middleware {
  const rest = `
It takes the signed webhooks of Dotdigital CPaaS (Comapi), and stores each event before it answers.

${describeUrl(path, publicUrl)}

In the provider's portal choose Webhooks, Add new webhook. Enter the URL and the secret that the receiver uses, and choose batches.
Events arrive by POST. Status, health and metrics are on the management port.
`;
  return function showLandingPage(ctx) {
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('Cache-Control', 'no-store');
    ctx.type = 'text/plain; charset=utf-8';
    ctx.body = landingPageStart + (isStoring() ? '.\n' : storesNothing) + rest;
  };
}

/** Answered 200 all the same: who asks for this page wants to know whether the way to a receiver is right. */
const storesNothing = `, and stores nothing at the moment.
Deliveries are answered 503, and the provider repeats them for 24 hours. The management port says why.
`;

function describeUrl(path: string | undefined, publicUrl: string | undefined): string {
  if (path === undefined) {
    return 'Add the path of your webhook to this address. If the path is right, this page shows it.';
  }
  return publicUrl === undefined
    ? `Register the public address of this host, with the path:\n  ${path}`
    : `URL to register:\n  ${publicUrl}${path}`;
}
