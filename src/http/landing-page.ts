import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Context, Middleware } from 'koa';
import { isLoopbackHost } from '../runtime/loopback-host.ts';
import { type Html, html } from './html.ts';
import { HtmlPage } from './html-page.ts';

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

const landingPage = new HtmlPage();

/** Tells a person who opens the URL that the receiver is up, and what to register. No secret, no internals. */
export function createLandingPage({ paths, publicUrl, isStoring }: LandingPageOptions): Middleware {
  return function showLandingPage(ctx) {
    const body = html`${isStoring() ? upAndStoring : upOnly}
<p>It takes the signed webhooks of Dotdigital CPaaS (Comapi) and stores each event before it answers.</p>
${showUrls(ctx, paths, publicUrl)}
<p>In the provider's portal choose Webhooks, Add new webhook. Enter the URL and the secret that the receiver uses.
Choose batches, as the provider recommends. Events arrive by <code>POST</code>; <code>GET</code> shows only this page.</p>
<h2>Documentation</h2>
<p>Configuration, answers and operation are described in the <code>README.md</code> of the package that you installed.
The provider's side is described at <a href="https://developer.dotdigital.com/">developer.dotdigital.com</a>.</p>
<footer>Nothing about stored events is shown here. Status, health and metrics are on the management port.</footer>`;
    landingPage.show(ctx, landingPage.render(title, body));
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
