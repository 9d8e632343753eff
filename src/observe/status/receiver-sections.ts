import { type Html, type HtmlValue, html } from '../../http/html.ts';
import type { SpoolStatus } from '../../ports/sink-status.ts';
import { formatBytes, formatCount } from '../../runtime/format.ts';
import { formatTime, showBad, showList, showTable } from './page-parts.ts';
import type {
  ReceiverReport,
  RefusalReport,
  RegistrationReport,
  RetryReport,
  SecretReport,
  StoreReport,
  StoreTopicReport,
} from './status-report.ts';

export function showReceiver(report: ReceiverReport): Html {
  const { at, refused, registrations, store, spool, refusals } = report;
  return html`${refused && html`<p>${describeRetry(refused, at)}</p>`}
<h2>What waits</h2>
${showWaiting(report)}
<h2>Registrations</h2>
${showTable(
  'Last accepted delivery, and the secrets by label',
  ['Name', 'Last accepted', 'Secrets'],
  registrations.map((each) => showRegistration(each, at)),
)}
<h2>Store: ${store.kind}</h2>
${showStore(store, at)}
${spool && html`<h2>Spool</h2>\n${showSpool(spool, at)}`}
<h2>Newest refusals</h2>
${
  refusals.length === 0
    ? html`<p>None since the start.</p>`
    : showTable(
        'By reason, since the start',
        ['Reason', 'Count', 'Newest'],
        refusals.map((each) => showRefusal(each, at)),
      )
}`;
}

function describeRetry({ since, lossFrom, secondsLeft }: RetryReport, at: string): Html {
  return html`Deliveries are refused since ${formatTime(since, at)}. The provider repeats each of them for 24 h. ${
    secondsLeft > 0
      ? html`The first of them is lost at <strong>${formatTime(lossFrom, at)}</strong>.`
      : showBad('That time is over for the first of them: what was not accepted elsewhere is lost.')
  }`;
}

function showWaiting({ at, inFlight, refused, registrations, spool }: ReceiverReport): Html {
  const { requests, bytes } = inFlight;
  const waiting = registrations.flatMap(({ name, refused: run }) =>
    run === undefined
      ? []
      : html`${name}: ${formatCount(run.count, 'signed delivery', 'signed deliveries')} refused, the first ${formatTime(run.since, at)}, the last ${formatTime(run.until, at)}; ${
          run.isOver
            ? html`some were accepted since, and the provider repeats the rest by ${formatTime(run.repeatedBy, at)}`
            : html`none was accepted since; the first is lost at ${formatTime(run.lossFrom, at)}`
        }`,
  );
  return html`<dl>
<dt>Here, not answered yet</dt><dd>${formatCount(requests, 'delivery', 'deliveries')}, ${formatBytes(bytes)}</dd>
<dt>At the provider</dt><dd>${
    waiting.length > 0
      ? showList(waiting)
      : refused === undefined
        ? 'nothing that this process has refused'
        : 'what comes while deliveries are refused; none has come to this process'
  }</dd>
${spool && html`<dt>In the spool</dt><dd>${formatCount(spool.records, 'record')}, which the provider does not repeat</dd>`}
</dl>`;
}

function showRegistration(
  { name, path, lastAcceptedAt, own, secrets }: RegistrationReport,
  at: string,
): HtmlValue[] {
  const isUsable = secrets.some(({ problem }) => problem === undefined);
  return [
    html`${name} <code>${path}</code>`,
    [
      lastAcceptedAt === undefined ? 'none since the start' : formatTime(lastAcceptedAt, at),
      showList(own.map(({ event, accepted }) => `${event}, not the provider's: ${formatCount(accepted)}`)),
    ],
    [
      isUsable
        ? undefined
        : html`<p>${showBad('No secret can be used: signed deliveries are answered 503.')}</p>`,
      showList(secrets.map(showSecret)),
    ],
  ];
}

function showSecret({ label, verified, problem }: SecretReport): Html {
  return html`${label === undefined ? undefined : html`<code>${label}</code> `}${
    problem === undefined
      ? `verified ${formatCount(verified, 'delivery', 'deliveries')}`
      : showBad(`cannot be used: ${problem}`)
  }`;
}

function showStore({ up, detail, notice, unavailableSince, topics }: StoreReport, at: string): Html {
  const state = up
    ? html`It takes records. ${detail}`
    : html`${showBad('It takes no records')}${unavailableSince && html` since ${formatTime(unavailableSince, at)}`}: ${detail}`;
  return html`<p>${state}</p>
${notice && html`<p>${showBad(notice)}</p>`}
${showTable('Topics, as the last check judged them', ['Topic', 'Judgement'], topics.map(showTopic))}`;
}

/** The words of the metric `…_topic_weakness`. */
const verdictWords = {
  ok: html`safe`,
  warning: html`<strong class="warning">weak</strong>`,
  error: showBad('unusable'),
};

function showTopic({ topic, verdict, findings, problem }: StoreTopicReport): HtmlValue[] {
  return [
    topic,
    [
      verdict === undefined ? 'not judged' : verdictWords[verdict],
      showList([...(problem === undefined ? [] : [showBad(problem)]), ...findings]),
    ],
  ];
}

function showSpool(spool: SpoolStatus, at: string): Html {
  const { problem, records, bytes, limitBytes, oldestReceivedAt, leftBehind, setAsideRecords } = spool;
  return html`<p>${problem === undefined ? 'It takes records.' : html`${showBad('It takes nothing:')} ${problem}`}</p>
<dl>
<dt>Waits for the store</dt><dd>${formatCount(records, 'record')}${
    oldestReceivedAt && html`, the oldest received ${formatTime(oldestReceivedAt, at)}`
  }</dd>
<dt>Space</dt><dd>${formatBytes(bytes)} of ${formatBytes(limitBytes)} are used, ${formatBytes(Math.max(0, limitBytes - bytes))} are left</dd>
${
  leftBehind.length > 0
    ? html`<dt class="warning">Left behind</dt><dd>${showList(leftBehind.map(({ name, problem: why }) => html`<code>${name}</code>: ${why}`))}</dd>`
    : undefined
}
${setAsideRecords > 0 ? html`<dt class="warning">Set aside</dt><dd>${formatCount(setAsideRecords, 'record')} that the store never takes</dd>` : undefined}
</dl>`;
}

function showRefusal(
  { reason, cause, signed, status, count, newest }: RefusalReport,
  at: string,
): HtmlValue[] {
  return [
    html`<code>${reason}</code> ${cause} (${status}${signed ? ', signed' : undefined})`,
    formatCount(count),
    showList(newest.map((refused) => html`${refused.webhook}: ${formatTime(refused.at, at)}`)),
  ];
}
