import type { Middleware } from 'koa';
import type { Clock } from '../../runtime/clock.ts';
import { renderStatusPage, statusPage } from './status-page.ts';
import type { StatusReport } from './status-report.ts';

export interface StatusRoutesDeps {
  readonly report: () => Promise<StatusReport>;
  readonly clock: Pick<Clock, 'now'>;
}

export interface StatusRoutes {
  readonly showPage: Middleware;
  readonly showJson: Middleware;
}

/** However often somebody asks, a report is made and rendered this rarely. */
const heldMs = 1_000;

/** The status of the process, as a page and as JSON. */
export function createStatusRoutes({ report, clock }: StatusRoutesDeps): StatusRoutes {
  function hold(render: (report: StatusReport) => string): () => Promise<string> {
    let text: Promise<string> | undefined;
    let endsAt = 0;
    return () => {
      if (text === undefined || clock.now() >= endsAt) {
        endsAt = clock.now() + heldMs;
        text = report().then(render);
      }
      return text;
    };
  }

  const readPage = hold(renderStatusPage);
  const readJson = hold((made) => `${JSON.stringify(made, null, 2)}\n`);
  return {
    async showPage(ctx) {
      statusPage.show(ctx, await readPage());
    },
    async showJson(ctx) {
      ctx.set('X-Content-Type-Options', 'nosniff');
      ctx.set('Cache-Control', 'no-store');
      ctx.type = 'application/json; charset=utf-8';
      ctx.body = await readJson();
    },
  };
}
