import { filterStates } from '../../src/observe/status/filter-states.ts';
import { receiverStates } from '../../src/observe/status/receiver-states.ts';
import { listExampleHeadlines } from './status-examples.ts';

/** States of a process that is not ready. */
const unready = [
  'draining',
  'starting',
  'not_ready',
  'filter_draining',
  'filter_starting',
  'filter_waiting',
  'filter_restoring',
  'filter_stalled',
];

/** The table of docs/status.md, made from the tables of the code. */
function formatStatesTable(): string {
  const headlines = listExampleHeadlines();
  const rows = [...receiverStates, ...filterStates].map((state) => {
    const code = state.tone === 'bad' || unready.includes(state.id) ? 1 : 0;
    const name = 'alert' in state ? state.alert.replace('ComapiWebhook', '') : undefined;
    const runbook = state.runbook === undefined ? '' : `[runbook](runbooks/${state.runbook})`;
    const alert =
      name === undefined
        ? `none: ${'noAlert' in state ? state.noAlert : ''} ${runbook}`.trim()
        : `${name}, ${runbook}`;
    return `| \`${state.id}\` | ${state.tone} | ${headlines.get(state.id)?.text} | ${code} | ${alert} |`;
  });
  return ['| state | tone | headline | exit code | alert |', '|---|---|---|---|---|', ...rows].join('\n');
}

const marks = /(<!-- states: [^\n]*\n).*(<!-- end of states -->)/s;

/** The document with the present table. */
export function withStatesTable(document: string): string {
  return document.replace(
    marks,
    (_all, begin: string, end: string) => `${begin}\n${formatStatesTable()}\n\n${end}`,
  );
}
