import { filterStates } from '../../src/observe/status/filter-states.ts';
import { receiverStates } from '../../src/observe/status/receiver-states.ts';
import { listExampleHeadlines } from './status-examples.ts';

function linkTo(text: string, runbook: string | undefined): string {
  return runbook === undefined ? '' : `[${text}](runbooks/${runbook})`;
}

/** The table in docs/status.md, generated from the tables in the code. */
function formatStatesTable(): string {
  const headlines = listExampleHeadlines();
  const rows = [...receiverStates, ...filterStates].map((state) => {
    const name = 'alert' in state ? state.alert.replace('ComapiWebhook', '') : undefined;
    const alert =
      name === undefined
        ? `none: ${'noAlert' in state ? state.noAlert : ''} ${linkTo('runbook', state.runbook)}`.trim()
        : linkTo(name, state.runbook);
    return `| \`${state.id}\` | ${state.tone} | ${headlines.get(state.id)?.text} | ${alert} |`;
  });
  return ['| state | tone | headline | alert and runbook |', '|---|---|---|---|', ...rows].join('\n');
}

const marks = /(<!-- states: [^\n]*\n).*(<!-- end of states -->)/s;

/** The document with the generated table. */
export function withStatesTable(document: string): string {
  return document.replace(
    marks,
    (_all, begin: string, end: string) => `${begin}\n${formatStatesTable()}\n\n${end}`,
  );
}
