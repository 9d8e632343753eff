import type { Context, Middleware } from 'koa';
import { readPublicOrigin } from './public-origin.ts';

export interface LandingPageOptions {
  /** Of the webhooks whose URL is shown. */
  readonly paths: readonly string[];
  /** Put before the paths; without it, what the request says of where it was sent. */
  readonly publicUrl?: string;
}

/** By which another program knows that a receiver answers. */
export const landingPageTitle = '<title>Webhook receiver</title>';

const styles = `
  :root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
  body { max-width: 44rem; margin: 4rem auto; padding: 0 1.25rem; }
  h1 { font-size: 1.5rem; } h1 span { color: #2e7d32; }
  code { background: color-mix(in srgb, currentColor 10%, transparent); padding: .15em .4em; border-radius: .3em; overflow-wrap: anywhere; }
  footer { margin-top: 3rem; font-size: .875rem; opacity: .75; }`;

/** Answers "is it up, and what do I register?" to a person who opens the URL. No secret, no internals. */
export function createLandingPage({ paths, publicUrl }: LandingPageOptions): Middleware {
  return function showLandingPage(ctx) {
    ctx.set(
      'Content-Security-Policy',
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    );
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('Referrer-Policy', 'no-referrer');
    ctx.set('Cache-Control', 'no-store');
    ctx.type = 'text/html; charset=utf-8';
    ctx.body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${landingPageTitle}
<style>${styles}</style>
</head>
<body>
<h1><span aria-hidden="true">●</span> The webhook receiver is up</h1>
<p>It takes the signed webhooks of Dotdigital CPaaS (Comapi) and stores each event before it answers.</p>
<h2>URL to register</h2>
${showUrls(ctx, paths, publicUrl)}
<p>In the provider's portal: Webhooks, Add new webhook. Give the URL, and the same secret that the receiver was given.
Choose batches: the provider recommends them. Events arrive by <code>POST</code>; this page is all that <code>GET</code> shows.</p>
<h2>Documentation</h2>
<p>Configuration, answers and operation are described in the <code>README.md</code> of the package that you installed.
The provider's side is described at <a href="https://developer.dotdigital.com/">developer.dotdigital.com</a>.</p>
<footer>Nothing about stored events is shown here. Health and metrics are on the management port.</footer>
</body>
</html>
`;
  };
}

function showUrls(ctx: Context, paths: readonly string[], publicUrl: string | undefined): string {
  if (paths.length === 0) {
    return '<p>Put the path of your webhook behind this address: where it is right, this page shows the URL.</p>';
  }
  const base = publicUrl ?? readPublicOrigin(ctx.req) ?? '';
  const items = paths.map((path) => `<li><code>${escapeHtml(base + path)}</code></li>`);
  return `<ul>\n${items.join('\n')}\n</ul>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
