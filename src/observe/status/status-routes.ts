import type { Middleware } from 'koa';
import { type Html, html } from '../../http/html.ts';
import { HtmlPage } from '../../http/html-page.ts';
import type { Clock } from '../../runtime/clock.ts';
import { formatCount } from '../../runtime/format.ts';
import { formatTime, showBad, showTable } from './page-parts.ts';
import { showReceiver } from './receiver-sections.ts';
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
  p, dd, td, th { overflow-wrap: break-word; }
  table { width: 100%; table-layout: fixed; border-collapse: collapse; } thead th:first-child { width: 32%; } caption { text-align: start; font-size: .875rem; opacity: .75; }
  th, td { text-align: start; vertical-align: top; padding: .35rem .5rem .35rem 0; border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
  th { font-weight: 600; } main ul { margin: 0; padding: 0; list-style: none; }
  dt { font-weight: 600; } dd { margin: 0 0 .5rem; }
  @media (prefers-color-scheme: dark) { .warning { color: #ffb74d; } .bad { color: #ff8a80; } }`,
});

/** The report as a page. Names, labels and messages in it come from elsewhere: `html` escapes them. */
export function renderStatusPage(report: StatusReport): string {
  const { process, version, host, startedAt, at, checks } = report;
  const { tone, text } = chooseHeadline(report);
  const body = html`<header>
<p>${process === 'receiver' ? 'Webhook receiver' : 'Revision filter'} ${version} on ${host}</p>
<h1><span class="${tone}" aria-hidden="true">●</span> ${text}</h1>
</header>
<main>
${report.process === 'receiver' ? showReceiver(report) : showFilter(report)}
<h2>Readiness</h2>
${showTable(
  'Ready when all checks are ok',
  ['Check', 'State'],
  checks.map(({ name, ok, detail }) => [name, [ok ? 'ok ' : [showBad('not ok'), ' '], detail]]),
)}
</main>
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
  if (spool !== undefined && (!store.up || spool.records > 0)) {
    return { tone: 'warning', text: 'Deliveries are accepted, and wait in the spool' };
  }
  const isFlawed =
    store.notice !== undefined ||
    spool?.problem !== undefined ||
    (spool?.setAsideRecords ?? 0) > 0 ||
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

function showFilter({ group, topics, partitions }: FilterReport): Html {
  return html`<dl>
<dt>Consumer group</dt><dd>${group}</dd>
<dt>Reads</dt><dd>${topics.events}</dd>
<dt>Writes</dt><dd>${topics.latest}, and what it cannot read to ${topics.deadLetter}</dd>
</dl>
<h2>Partitions</h2>
${
  partitions.length === 0
    ? html`<p>None is assigned to this process.</p>`
    : showTable(
        'Records that wait, and entities in memory',
        ['Partition', 'State', 'Wait', 'Entities'],
        partitions.map(({ partition, state, lag, entities }) => [
          partition,
          state === undefined || state === 'running' ? state : showBad(state),
          lag === undefined ? 'not known' : formatCount(lag),
          entities === undefined ? undefined : formatCount(entities),
        ]),
      )
}`;
}
