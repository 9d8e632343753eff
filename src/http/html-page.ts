import { createHash } from 'node:crypto';
import type { Context } from 'koa';

/**
 * Tells browsers to refuse everything but the page's own style and script, and what the script asks of where the page is from.
 *
 * @param page without anything that somebody else has written
 */
export function createPagePolicy(page: string): string {
  const find = (element: string) =>
    page
      .split(`<${element}>`)
      .slice(1)
      .map((rest) => hashOf(rest.split(`</${element}>`, 1)[0] ?? ''))
      .join('');
  const scripts = find('script');
  return [
    "default-src 'none'",
    `style-src${find('style')}`,
    ...(scripts === '' ? [] : [`script-src${scripts}`, "connect-src 'self'"]),
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ].join('; ');
}

function hashOf(text: string): string {
  return ` 'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

export function showPage(ctx: Context, page: string, policy: string): void {
  ctx.set('Content-Security-Policy', policy);
  ctx.set('X-Content-Type-Options', 'nosniff');
  ctx.set('Referrer-Policy', 'no-referrer');
  ctx.set('Cache-Control', 'no-store');
  ctx.type = 'text/html; charset=utf-8';
  ctx.body = page;
}
