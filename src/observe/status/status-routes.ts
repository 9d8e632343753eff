import { readFileSync } from 'node:fs';
import type { Middleware } from 'koa';
import { createPagePolicy, showPage } from '../../http/html-page.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { StatusReport } from './status-report.ts';

export interface StatusRoutesDeps {
  readonly report: () => Promise<StatusReport>;
  readonly clock: Pick<Clock, 'now'>;
}

export interface StatusRoutes {
  readonly showPage: Middleware;
  readonly showJson: Middleware;
}

/** However often somebody asks, a report is made this rarely. */
const heldMs = 1_000;

/** The status of the process as JSON, and the page that draws it. */
export function createStatusRoutes({ report, clock }: StatusRoutesDeps): StatusRoutes {
  // Beside this file in src, and beside the bundle in dist (rolldown.config.ts).
  const page = readFileSync(new URL('./status-page.html', import.meta.url), 'utf8');
  const policy = createPagePolicy(page);
  let json: Promise<string> | undefined;
  let endsAt = 0;
  return {
    showPage: (ctx) => showPage(ctx, page, policy),
    async showJson(ctx) {
      if (json === undefined || clock.now() >= endsAt) {
        endsAt = clock.now() + heldMs;
        json = report().then((made) => `${JSON.stringify(made, null, 2)}\n`);
      }
      ctx.set('X-Content-Type-Options', 'nosniff');
      ctx.set('Cache-Control', 'no-store');
      ctx.type = 'application/json; charset=utf-8';
      ctx.body = await json;
    },
  };
}
