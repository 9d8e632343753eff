import { type Html, type HtmlValue, html } from '../../http/html.ts';
import { formatDuration } from '../../runtime/format.ts';

/** The first cell of a row is its heading. */
export function showTable(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly HtmlValue[])[],
): Html {
  return html`<table>
<caption>${caption}</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ([first, ...others]) =>
    html`<tr><th scope="row">${first}</th>${others.map((cell) => html`<td>${cell}</td>`)}</tr>\n`,
)}</tbody>
</table>`;
}

export function showList(items: readonly HtmlValue[]): Html {
  return html`${items.length === 0 ? undefined : html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`}`;
}

export function showBad(value: HtmlValue): Html {
  return html`<strong class="bad">${value}</strong>`;
}

/** A time of the report, and how long ago it was, or in how long it will be. */
export function formatTime(iso: string, now: string): Html {
  const ms = Date.parse(iso) - Date.parse(now);
  const duration = formatDuration(Math.abs(ms));
  const text = `${iso.slice(0, 19).replace('T', ' ')} UTC`;
  return html`<time datetime="${iso}">${text}</time> (${ms > 0 ? `in ${duration}` : `${duration} ago`})`;
}
