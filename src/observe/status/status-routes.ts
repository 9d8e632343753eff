import type { Middleware } from 'koa';
import { html } from '../../http/html.ts';
import { HtmlPage } from '../../http/html-page.ts';
import type { Clock } from '../../runtime/clock.ts';
import { formatTime, showSections } from './show-report.ts';
import type { FilterReport, ReceiverReport, StatusReport } from './status-report.ts';

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

const refreshSeconds = 15;

const statusPage = new HtmlPage({
  refreshSeconds,
  styles: html`
  body { margin-block: 1.5rem; } h2 { font-size: 1.125rem; margin: 2rem 0 .5rem; }
  .warning { color: #8a5300; } .bad { color: #b71c1c; }
  p, dd, li { overflow-wrap: break-word; } ul { margin: 0; padding-inline-start: 1.1rem; } .name { opacity: .75; }
  dt { font-weight: 600; } dd { margin: 0 0 .5rem; }
  @media (prefers-color-scheme: dark) { .warning { color: #ffb74d; } .bad { color: #ff8a80; } }`,
});

/** The report as a page, with its members under their names. Those come from elsewhere as well: `html` escapes them. */
export function renderStatusPage(report: StatusReport): string {
  const { process, version, host, startedAt, at, ready: _ready, ...members } = report;
  const { tone, text } = chooseHeadline(report);
  const body = html`<header>
<p>${process === 'receiver' ? 'Webhook receiver' : 'Revision filter'} ${version} on ${host}</p>
<h1><span class="${tone}" aria-hidden="true">●</span> ${text}</h1>
</header>
<main>
${'refused' in members && members.refused !== undefined ? html`<p>The provider repeats each refused delivery for 24 h.</p>` : undefined}
${showSections(members, at)}</main>
<footer>
<p>Of this process alone, which started ${formatTime(startedAt, at)}. As of <time datetime="${at}">${at}</time>, and loaded again every
${refreshSeconds} s. <a href="status.json">The same as JSON</a>. Nothing of the content of events is shown.</p>
</footer>`;
  // Several pods are several tabs of a browser.
  return statusPage.render(`${text} – ${host}`, body);
}

/** What the page says first: the worst that is true. */
interface Headline {
  readonly tone: 'good' | 'warning' | 'bad';
  readonly text: string;
}

export function chooseHeadline(report: StatusReport): Headline {
  return report.process === 'receiver' ? judgeReceiver(report) : judgeFilter(report);
}

function judgeReceiver({ ready, refused, registrations, store, spool, checks }: ReceiverReport): Headline {
  if (refused !== undefined) {
    return { tone: 'bad', text: 'Deliveries are refused' };
  }
  if (!ready) {
    return { tone: 'bad', text: 'The receiver is not ready' };
  }
  if (registrations.some(({ secrets }) => secrets.every(({ problem }) => problem !== undefined))) {
    return { tone: 'bad', text: 'A registration has no secret that can be used' };
  }
  if (spool !== undefined && (!store.up || spool.oldestReceivedAt !== undefined)) {
    return { tone: 'warning', text: 'Deliveries are accepted, and wait in the spool' };
  }
  const isFlawed =
    store.notice !== undefined ||
    spool?.problem !== undefined ||
    checks.some(({ name, detail }) => name === 'read-back' && detail !== '') ||
    registrations.some(({ secrets }) => secrets.some(({ problem }) => problem !== undefined)) ||
    store.topics.some(({ verdict = 'ok', problem }) => verdict !== 'ok' || problem !== undefined);
  return isFlawed
    ? { tone: 'warning', text: 'Deliveries are stored, but something needs a look' }
    : { tone: 'good', text: 'Deliveries are stored' };
}

function judgeFilter({ ready }: FilterReport): Headline {
  return ready
    ? { tone: 'good', text: 'Events are filtered' }
    : { tone: 'bad', text: 'The filter is not ready' };
}
