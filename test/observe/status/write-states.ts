// Writes the table of states in docs/status.md: node test/observe/status/write-states.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { formatProvokedStates, withStatesTable } from '../../support/status-states-table.ts';

const file = new URL('../../../docs/status.md', import.meta.url);
writeFileSync(file, withStatesTable(readFileSync(file, 'utf8')));
writeFileSync(
  new URL('../../../docs/measurements/tables/states.csv', import.meta.url),
  formatProvokedStates(),
);
