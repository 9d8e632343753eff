import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import { type Html, html } from './html.ts';

export interface HtmlPageOptions {
  /** Beside what all pages have. */
  readonly styles?: Html;
  /** After so many seconds a browser loads the page again. */
  readonly refreshSeconds?: number;
}

const commonStyles = html`
  :root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
  body { max-width: 44rem; margin: 4rem auto; padding: 0 1.25rem; }
  h1 { font-size: 1.5rem; } .good { color: #2e7d32; }
  code { background: color-mix(in srgb, currentColor 10%, transparent); padding: .15em .4em; border-radius: .3em; overflow-wrap: anywhere; }
  footer { margin-top: 3rem; font-size: .875rem; opacity: .75; }
  @media (prefers-color-scheme: dark) { .good { color: #66bb6a; } }`;

/** The frame of a page that needs nothing but itself: no script, no other file. Browsers are told to refuse anything else. */
export class HtmlPage {
  readonly #head: Html;
  readonly #policy: string;

  constructor({ styles = html``, refreshSeconds }: HtmlPageOptions = {}) {
    const allStyles = html`${commonStyles}${styles}`;
    const refresh =
      refreshSeconds === undefined
        ? undefined
        : html`<meta http-equiv="refresh" content="${refreshSeconds}">\n`;
    this.#head = html`<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh}<style>${allStyles}</style>`;
    const hash = createHash('sha256').update(allStyles.text).digest('base64');
    this.#policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  }

  render(title: string, body: Html): string {
    const { text } = html`<!doctype html>
<html lang="en">
<head>
${this.#head}
<title>${title}</title>
</head>
<body>
${body}
</body>
</html>
`;
    return text;
  }

  show(ctx: Context, page: string): void {
    ctx.set('Content-Security-Policy', this.#policy);
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('Referrer-Policy', 'no-referrer');
    ctx.set('Cache-Control', 'no-store');
    ctx.type = 'text/html; charset=utf-8';
    ctx.body = page;
  }
}
