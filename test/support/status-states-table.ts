import { filterStates } from '../../src/observe/status/filter-states.ts';
import { receiverStates } from '../../src/observe/status/receiver-states.ts';
import { filterStates as provokedOfFilter } from './states/filter-states.ts';
import { kafkaStates } from './states/kafka-states.ts';
import { storeIndependentStates } from './states/receiver-states.ts';
import { listExampleHeadlines } from './status-examples.ts';

function linkTo(text: string, runbook: string | undefined): string {
  return runbook === undefined ? '' : `[${text}](runbooks/${runbook})`;
}

const provoked = Map.groupBy(
  [...storeIndependentStates, ...kafkaStates, ...provokedOfFilter],
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
    const ways = provoked.get(state.id) ?? [];
    const exitCode = ways.length === 0 ? '' : `/${ways[0]?.exitCode}`;
    return `| \`${state.id}\` | ${state.tone}${exitCode} | ${headlines.get(state.id)?.text} | ${alert} |`;
  });
  return [
    '| state | tone/[exit](commands.md#status) | headline | alert and runbook |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

const marks = /(<!-- states: [^\n]*\n).*(<!-- end of states -->)/s;

/** The document with the generated table. */
export function withStatesTable(document: string): string {
  return document.replace(
    marks,
    (_all, begin: string, end: string) => `${begin}\n${formatStatesTable()}\n\n${end}`,
  );
}

/** Descriptions of how tests provoke the states, as docs/measurements/tables/states.csv lists them. */
export function formatProvokedStates(): string {
  const rows = [...receiverStates, ...filterStates].flatMap((state) =>
    (provoked.get(state.id) ?? []).map(({ how, exitCode }) => {
      const alert = 'alert' in state ? state.alert : '';
      return `${state.id},Kafka,"${how}",${exitCode},${alert}`;
    }),
  );
  return ['state,store,provoked by,exit code of status,alert', ...rows, ''].join('\n');
}
