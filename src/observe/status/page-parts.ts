import { type Html, type HtmlValue, html } from '../../http/html.ts';

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
