import { openSync, writeSync } from 'node:fs';

/** Prefix of those labels that name a scenario and not a test file. */
export const scenarioLabel = 'scenario ';
export const loadLabel = 'load ';

declare global {
  /** Called when an instrumented block of the code runs. */
  var noteReached: ((block: number) => void) | undefined;
  /** Sets the label under which all following blocks are recorded. The label names a test file or a scenario. */
  var beginReached: ((label: string) => void) | undefined;
}

// The original function of node:fs, saved here because simulated disks replace it. It writes synchronously, because the
// process may be killed at any time.
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
