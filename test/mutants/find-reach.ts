import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runShare } from '../simulation/run-in-processes.ts';
import type { Mutant } from './mutant.ts';
import { type Reach, ReachRecorder } from './reach.ts';
import { scenarioLabel } from './recorder.ts';
import type { TestFiles } from './test-files.ts';
import { WarmTests } from './warm-tests.ts';
import { Workplace } from './workplace.ts';

/** The drawn mutants, and the tests and scenarios to run on them. */
export interface Chosen {
  readonly tests: readonly string[];
  readonly scenarios: readonly string[];
}

/**
 * Number of rounds of each scenario. A scenario that does not reach a mutant in these rounds is not run against this
 * mutant.
 */
const roundsOfEach = 5;

/**
 * Runs the tests and some rounds of each scenario on the unchanged code. Records which tests and scenarios reach each
 * mutant.
 */
export async function findReach(
  mutants: readonly Mutant[],
  testFiles: TestFiles,
  chosen: Chosen,
): Promise<ReadonlyMap<Mutant, Reach>> {
  const workplace = new Workplace();
  const lines = join(workplace.directory, 'reached.tsv');
  const recorder = new ReachRecorder();
  recorder.instrument(workplace.source, mutants);
  const module = pathToFileURL(join(workplace.directory, 'test/mutants/recorder.ts')).href;
  const env = { MUTANTS_REACHED: lines, NODE_OPTIONS: `--import=${module}` };
  const tests = new WarmTests({
    root: workplace.directory,
    project: 'rooms',
    setupFile: join(workplace.directory, 'test/mutants/record-setup.ts'),
    env,
  });
  const before = { ...process.env };
  try {
    const request = { changed: [], tests: chosen.tests, testTimeoutMs: 180_000 };
    const answer = await tests.run(request, () => 600_000);
    if (answer.isEnded === true) {
      throw new Error(`the tests of the unchanged code did not end: ${answer.failures[0]?.file}`);
    }
    for (const { file, test } of answer.failures) {
      testFiles.leaveOut(file, test);
    }
    for (const [file, ms] of Object.entries(answer.ranMs)) {
      testFiles.ranMs.set(file, ms);
    }
    for (const store of chosen.scenarios) {
      Object.assign(process.env, env, { MUTANTS_LABEL: `${scenarioLabel}${store}` });
      const share = { store, firstSeed: 1, rounds: roundsOfEach };
      await runShare(share, pathToFileURL(join(workplace.directory, 'test/simulation/')));
    }
    return recorder.read(mutants, existsSync(lines) ? readFileSync(lines, 'utf8') : '');
  } finally {
    process.env = before;
    tests.close();
    workplace.remove();
  }
}
