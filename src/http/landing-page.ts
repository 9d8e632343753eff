import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Context, Middleware } from 'koa';
import { isLoopbackHost } from '../runtime/loopback-host.ts';
import { type Html, html } from './html.ts';
import { createPagePolicy, showPage } from './html-page.ts';

export interface LandingPageOptions {
  /** Paths of the webhooks whose URLs are shown. */
  readonly paths: readonly string[];
  /** Shown before the paths. Without it the page shows the address that the request was sent to. */
  readonly publicUrl?: string;
  /** Whether events can be stored at the moment. */
  readonly isStoring: () => boolean;
}

const title = 'Webhook receiver';

/** By which another program knows that a receiver answers. */
export const landingPageTitle = `<title>${title}</title>`;

const head = html`<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
  :root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
  body { max-width: 44rem; margin: 4rem auto; padding: 0 1.25rem; }
  h1 { font-size: 1.5rem; } .good { color: #2e7d32; }
  code { background: color-mix(in srgb, currentColor 10%, transparent); padding: .15em .4em; border-radius: .3em; overflow-wrap: anywhere; }
  footer { margin-top: 3rem; font-size: .875rem; opacity: .75; }
  @media (prefers-color-scheme: dark) { .good { color: #66bb6a; } }
</style>
<title>${title}</title>`;

const policy = createPagePolicy(head.text);

/** Tells a person who opens the URL that the receiver is up, and what to register. No secret, no internals. */
export function createLandingPage({ paths, publicUrl, isStoring }: LandingPageOptions): Middleware {
  return function showLandingPage(ctx) {
    const page = html`<!doctype html>
<html lang="en">
<head>
${head}
</head>
<body>
${isStoring() ? upAndStoring : upOnly}
<p>It takes the signed webhooks of Dotdigital CPaaS (Comapi) and stores each event before it answers.</p>
${showUrls(ctx, paths, publicUrl)}
<p>In the provider's portal choose Webhooks, Add new webhook. Enter the URL and the secret that the receiver uses.
Choose batches, as the provider recommends. Events arrive by <code>POST</code>; <code>GET</code> shows only this page.</p>
<h2>Documentation</h2>
<p>Configuration, answers and operation are described in the <code>README.md</code> of the package that you installed.
The provider's side is described at <a href="https://developer.dotdigital.com/">developer.dotdigital.com</a>.</p>
<footer>Nothing about stored events is shown here. Status, health and metrics are on the management port.</footer>
</body>
</html>
`;
    showPage(ctx, page.text, policy);
  };
}

const upAndStoring = html`<h1><span class="good" aria-hidden="true">●</span> The webhook receiver is up</h1>`;
/** Answered 200 all the same: who asks for this page wants to know whether the way to a receiver is right. */
const upOnly = html`<h1>The webhook receiver is up, and stores nothing at the moment</h1>
<p>Deliveries are answered 503, and the provider repeats them for 24 hours. The management port says why.</p>`;

function showUrls(ctx: Context, paths: readonly string[], publicUrl: string | undefined): Html {
  if (paths.length === 0) {
    return html`<h2>URL to register</h2>
<p>Add the path of your webhook to this address. If the path is right, this page shows the URL to register.</p>`;
  }
  const base = publicUrl ?? readPublicOrigin(ctx.req) ?? '';
  const urls = html`<ul>${paths.map((path) => html`<li><code>${base + path}</code></li>`)}</ul>`;
  return isLoopbackHost(URL.parse(base)?.hostname ?? '')
    ? html`<h2>URL on this machine</h2>
${urls}
<p>The provider cannot reach it. Register the public URL that leads here, and set <code>PUBLIC_URL</code> to it.</p>`
    : html`<h2>URL to register</h2>
${urls}`;
}

const hostPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i;

/**
 * The origin that a request was sent to, for example `https://hooks.example.com`, as its proxy or the request itself
 * gives it. Anyone can write anything there, so it is only for display, and only the form of a host is accepted.
 *
 * @returns `undefined` when neither gives a host
 */
export function readPublicOrigin({ headers, socket }: IncomingMessage): string | undefined {
  const scheme = first(headers['x-forwarded-proto']);
  const ownScheme = (socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http';
  const host = [first(headers['x-forwarded-host']), headers.host].find(isHost);
  return host && `${scheme === 'http' || scheme === 'https' ? scheme : ownScheme}://${host}`;
}

/** Each proxy on the way may add a value; the first one is from the outermost proxy. */
function first(header: string | string[] | undefined): string | undefined {
  return String(header ?? '')
    .split(',', 1)[0]
    ?.trim();
}

function isHost(text: string | undefined): text is string {
  return text !== undefined && hostPattern.test(text) && URL.canParse(`http://${text}`);
}
