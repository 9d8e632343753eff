import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Middleware } from 'koa';
import { toJsonText } from '../../runtime/format.ts';
import type { StatusReport } from './status-report.ts';

export interface StatusRoutes {
  readonly showPage: Middleware;
  readonly showJson: Middleware;
}

/** Creates the routes for the status of the process: the JSON document, and the page that shows it. */
export function createStatusRoutes(report: () => Promise<StatusReport>): StatusRoutes {
  // In src, the page is in the directory of this file. rolldown.config.ts copies the page to the directory of the
  // bundle in dist.
  const page = readFileSync(new URL('./status-page.html', import.meta.url), 'utf8');
  const policy = createPagePolicy(page);
  return {
    showPage(ctx) {
      ctx.set('Content-Security-Policy', policy);
      ctx.set('X-Content-Type-Options', 'nosniff');
      ctx.set('Referrer-Policy', 'no-referrer');
      ctx.set('Cache-Control', 'no-store');
      ctx.type = 'text/html; charset=utf-8';
      ctx.body = page;
    },
    async showJson(ctx) {
      ctx.set('X-Content-Type-Options', 'nosniff');
      ctx.set('Cache-Control', 'no-store');
      ctx.type = 'application/json; charset=utf-8';
      ctx.body = toJsonText(await report());
    },
  };
}

/** Returns a content security policy that allows only the page's own style and script, and requests to the page's own origin. */
function createPagePolicy(page: string): string {
  const hashContent = (element: string) => {
    const text = page.split(`<${element}>`)[1]?.split(`</${element}>`)[0] ?? '';
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  };
  return [
    "default-src 'none'",
    `style-src ${hashContent('style')}`,
    `script-src ${hashContent('script')}`,
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ].join('; ');
}
