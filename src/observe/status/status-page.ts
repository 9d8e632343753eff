import { html } from '../../http/html.ts';
import { HtmlPage } from '../../http/html-page.ts';
import { showFilter } from './filter-sections.ts';
import { formatTime } from './format-time.ts';
import { chooseHeadline } from './headline.ts';
import { showBad, showTable } from './page-parts.ts';
import { showReceiver } from './receiver-sections.ts';
import type { StatusReport } from './status-report.ts';

const refreshSeconds = 15;

export const statusPage = new HtmlPage({
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
