import { type Html, html } from '../../http/html.ts';
import { formatCount } from '../../runtime/format.ts';
import { showBad, showTable } from './page-parts.ts';
import type { FilterReport } from './status-report.ts';

export function showFilter({ group, topics, partitions }: FilterReport): Html {
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
