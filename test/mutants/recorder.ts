import { openSync, writeSync } from 'node:fs';

/** How a label begins that is not the name of a file of tests. */
export const scenarioLabel = 'scenario ';
export const loadLabel = 'load ';

declare global {
  /** A block of the code runs. */
  var noteReached: ((block: number) => void) | undefined;
  /** From now on it runs for this one: a file of tests, or a scenario. */
  var beginReached: ((label: string) => void) | undefined;
}

// Simulated disks stand before node:fs: what is written here goes past them. It is written at once, for a process can be killed.
const write = writeSync;
const { MUTANTS_REACHED: path, MUTANTS_LABEL: given } = process.env;
if (path !== undefined) {
  const file = openSync(path, 'a');
  const seen = new Set<number>();
  let label = given;
  globalThis.beginReached = (next) => {
    seen.clear();
    label = next;
    process.env.MUTANTS_LABEL = next;
  };
  globalThis.noteReached = (block) => {
    if (label !== undefined && !seen.has(block)) {
      seen.add(block);
      write(file, `${label}\t${block}\n`);
    }
  };
}
