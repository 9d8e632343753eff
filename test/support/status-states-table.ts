import { filterStates } from '../../src/observe/status/filter-states.ts';
import { receiverStates } from '../../src/observe/status/receiver-states.ts';
import { provokedStates } from './states/provoked-states.ts';
import { listExampleHeadlines } from './status-examples.ts';

function linkTo(text: string, runbook: string | undefined): string {
  return runbook === undefined ? '' : `[${text}](runbooks/${runbook})`;
}

const provoked = Map.groupBy(
  Object.entries(provokedStates).flatMap(([store, states]) =>
    states.map(({ id, how, headline = id, exitCode }) => ({ id, store, how, headline, exitCode })),
  ),
  ({ id }) => id,
);

/** The table in docs/status.md, generated from the tables in the code. */
function formatStatesTable(): string {
  const headlines = listExampleHeadlines();
  const rows = [...receiverStates, ...filterStates].map((state) => {
    const name = 'alert' in state ? state.alert.replace('ComapiWebhook', '') : undefined;
    const alert =
      name === undefined
        ? `none: ${'noAlert' in state ? state.noAlert : ''} ${linkTo('runbook', state.runbook)}`.trim()
        : linkTo(name, state.runbook);
    const asHeadline = provoked.get(state.id)?.find(({ headline }) => headline === state.id);
    const exitCode = asHeadline === undefined ? '' : `/${asHeadline.exitCode}`;
    return `| \`${state.id}\` | ${state.tone}${exitCode} | ${headlines.get(state.id)?.text} | ${alert} |`;
  });
  return [
    '| state | tone/[exit](commands.md#status) | headline | alert and runbook |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

const marks = /(<!-- states: [^\n]*\n).*(<!-- end of states -->)/s;

/** Returns the document with an updated table of states. */
export function withStatesTable(document: string): string {
  return document.replace(
    marks,
    (_all, begin: string, end: string) => `${begin}\n${formatStatesTable()}\n\n${end}`,
  );
}

/** Returns the lines of docs/measurements/tables/states.csv, which describe how tests provoke each state. */
export function formatProvokedStates(): string {
  const rows = [...receiverStates, ...filterStates].flatMap((state) =>
    (provoked.get(state.id) ?? []).map(({ store, how, headline, exitCode }) => {
      const alert = 'alert' in state ? state.alert : '';
      return `${state.id},"${store}","${how}",${headline},${exitCode},${alert}`;
    }),
  );
  return ['state,store,provoked by,headline,exit code of status,alert', ...rows, ''].join('\n');
}
