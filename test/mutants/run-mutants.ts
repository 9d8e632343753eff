import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { createIntegerParser } from '../../src/commands/option-parsers.ts';
import { seedOption } from '../faults/seed-option.ts';
import { NotLoadedError } from '../simulation/run-in-processes.ts';
import { scenarios } from '../simulation/scenarios.ts';
import { drawMutants } from './draw-mutants.ts';
import { findReach } from './find-reach.ts';
import { judgeBySimulation, judgeByTests } from './judges.ts';
import type { Mutant } from './mutant.ts';
import type { Reach } from './reach.ts';
import { lives, notCounted, notLoaded, Rows, timedOut } from './rows.ts';
import { scoreOf } from './score.ts';
import { type Failure, settle } from './settle.ts';
import { type Batch, checkUnchanged, judgeLint, judgeTypes, toBatches } from './static-judges.ts';
import { TestFiles } from './test-files.ts';
import { WarmTests } from './warm-tests.ts';
import { Workplace } from './workplace.ts';

const {
  seed,
  count,
  within,
  rounds,
  slow,
  rows: file,
} = new Command('npm run test:mutants --')
  .description(
    'draws small changes of the code by lot, and says which of them something finds, what, and at which cost',
  )
  .addOption(seedOption())
  .option('--count <n>', 'how many changes', createIntegerParser(1, 100_000), 20)
  .option('--within <paths...>', 'folders or files of src that are drawn from; all of it without this', [])
  .option(
    '--rounds <n>',
    'simulated rounds that a change may outlive, each store',
    createIntegerParser(0, 100_000),
    100,
  )
  .option('--slow', 'lets the tests that start whole processes judge, too, what lives until then')
  .option('--rows <file>', 'a table that rows are added to; what it already has is not judged again')
  .parse()
  .opts<{ seed: number; count: number; within: string[]; rounds: number; slow?: true; rows?: string }>();

const source = fileURLToPath(new URL('../../src', import.meta.url));
const { drawn, of } = drawMutants({ source, within, seed, count });
const textOf = (mutant: Mutant) => readFileSync(join(source, mutant.file), 'utf8');
const rows = new Rows(file);
const left = drawn.filter((mutant) => rows.find(mutant, textOf(mutant)) === undefined);
rows.note(
  `# npm run test:mutants -- --seed ${seed} --count ${count}${within.length > 0 ? ` --within ${within.join(' ')}` : ''} --rounds ${rounds}; ${drawn.length} of ${of} changes`,
);

const workplace = new Workplace();
const testFiles = new TestFiles(workplace.directory);
const warmTests = new WarmTests({ root: workplace.directory, project: 'rooms' });
const slowTests = new WarmTests({ root: workplace.directory, project: 'program,kafka,simulator,checks' });
/** Files that vitest may have read while they contained a mutant. */
const changed = new Set<string>();
try {
  await checkUnchanged(workplace, left);
  const compiled = await judgeInBatches('types', judgeTypes, left);
  const passed = await judgeInBatches('lint', judgeLint, compiled);
  await judgeInOrder(passed);
} finally {
  warmTests.close();
  slowTests.close();
  workplace.remove();
}
const judged = drawn.map((mutant) => rows.find(mutant, textOf(mutant))).filter((row) => row !== undefined);
const counted = judged.filter(({ by }) => !notCounted.includes(by));
const score = scoreOf(counted.map(({ by }) => ({ foundBy: by === lives ? undefined : by })));
rows.note(
  `# ${score.found} of ${score.of} found, ${toPercent(score.found / score.of)} (95 %: ${toPercent(score.low)} to ${toPercent(score.high)}); ${judged.length - counted.length} not counted`,
);
for (const [by, own] of Map.groupBy(judged, (row) => row.by)) {
  const seconds = own.reduce((sum, row) => sum + row.seconds, 0);
  rows.note(`# ${by}: ${own.length}, ${Math.round(seconds)} s`);
}

/**
 * Runs the checks on batches of mutants.
 * @returns the mutants that no check detected
 */
async function judgeInBatches(
  by: string,
  judge: (workplace: Workplace, batch: Batch) => Promise<ReadonlyMap<Mutant, string>>,
  mutants: readonly Mutant[],
): Promise<readonly Mutant[]> {
  const found = new Set<Mutant>();
  for (const batch of toBatches(mutants)) {
    const startedMs = Date.now();
    const findings = await judge(workplace, batch);
    const seconds = (Date.now() - startedMs) / 1_000 / batch.length;
    for (const [mutant, what] of findings) {
      found.add(mutant);
      add(mutant, by, what, seconds);
    }
  }
  return mutants.filter((mutant) => !found.has(mutant));
}

/**
 * Checks the mutants in the order in which they were drawn. If the run is interrupted, the finished mutants are
 * therefore still a random sample.
 */
async function judgeInOrder(mutants: readonly Mutant[]): Promise<void> {
  if (mutants.length === 0) {
    return;
  }
  const startedMs = Date.now();
  const near = new Set(mutants.flatMap((mutant) => [...testFiles.nearOf(mutant)]));
  const rooms = new Set(mutants.map(({ file: path }) => path.split('/')[0]));
  const tests = testFiles.all.filter((test) => near.has(test) || rooms.has(test.split('/')[1]));
  const reaches = await findReach(mutants, testFiles, {
    tests,
    scenarios: rounds === 0 ? [] : Object.keys(scenarios),
  });
  rows.note(`# which of ${tests.length} files of tests run what: ${secondsSince(startedMs).toFixed(0)} s`);
  for (const mutant of mutants) {
    const beganMs = Date.now();
    const [by, what] = await findEnd(mutant, reaches.get(mutant) as Reach);
    add(mutant, by, what, secondsSince(beganMs));
  }
}

async function findEnd(mutant: Mutant, reach: Reach): Promise<readonly [by: string, what: string]> {
  changed.add(`src/${mutant.file}`);
  try {
    const verdict = await settle(
      () => workplace.apply(mutant),
      () => judgeMutant(mutant, reach),
    );
    return verdict === undefined
      ? [lives, rounds === 0 ? '' : [...reach.scenarios].join(' ') || 'no scenario runs it']
      : [verdict.isSettled ? verdict.failure.by : timedOut, verdict.failure.what];
  } catch (error) {
    return [error instanceof NotLoadedError ? notLoaded : 'not judged', String(error)];
  }
}

/** Runs all checks on a mutant, starting with the cheapest one. */
async function judgeMutant(
  mutant: Mutant,
  reach: Reach,
): Promise<(Failure & { readonly by: string }) | undefined> {
  const context = { changed: [...changed], warmTests, testFiles };
  const byTests = await judgeByTests(context, testFiles.thatRun(mutant, reach));
  if (byTests !== undefined) {
    const isOfRoom = byTests.what.startsWith(`test/${mutant.file.split('/')[0]}/`);
    return { ...byTests, by: isOfRoom ? 'unit tests of its room' : 'unit tests of other rooms' };
  }
  const bySimulation = await judgeBySimulation(workplace, reach, rounds);
  if (bySimulation !== undefined) {
    return { ...bySimulation, by: 'simulation' };
  }
  const bySlow =
    slow === true
      ? await judgeByTests({ ...context, warmTests: slowTests }, testFiles.slowOf(mutant))
      : undefined;
  return bySlow && { ...bySlow, by: 'integration tests' };
}

function add(mutant: Mutant, by: string, what: string, seconds: number): void {
  rows.add(mutant, textOf(mutant), { by, what, seconds });
}

function secondsSince(ms: number): number {
  return (Date.now() - ms) / 1_000;
}

function toPercent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
