import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { createIntegerParser } from '../../src/commands/option-parsers.ts';
import { seedOption } from '../faults/seed-option.ts';
import { scenarios } from '../simulation/scenarios.ts';
import { drawMutants } from './draw-mutants.ts';
import { findEquivalent } from './equivalent.ts';
import { type Chosen, findReach } from './find-reach.ts';
import { judgeBySimulation, judgeByTests } from './judges.ts';
import type { Mutant } from './mutant.ts';
import type { Reach } from './reach.ts';
import { lives, notCounted, Rows, timedOut } from './rows.ts';
import { scoreOf } from './score.ts';
import { type Failure, settle } from './settle.ts';
import { type Batch, judgeLint, judgeTypes, toBatches } from './static-judges.ts';
import { TestFiles } from './test-files.ts';
import { WarmTests } from './warm-tests.ts';
import { Workplace } from './workplace.ts';

const whole = createIntegerParser(1, 100_000);

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
  .option('--count <n>', 'how many changes', whole, 20)
  .option('--within <paths...>', 'folders or files of src that are drawn from; all of it without this', [])
  .option('--rounds <n>', 'simulated rounds that a change may outlive, each store', whole, 100)
  .option('--slow', 'lets the tests that start whole processes judge, too, what lives until then')
  .option('--rows <file>', 'a table that rows are added to; what it already has is not judged again')
  .parse()
  .opts<{ seed: number; count: number; within: string[]; rounds: number; slow?: true; rows?: string }>();

const source = fileURLToPath(new URL('../../src', import.meta.url));
const { drawn, of } = drawMutants({ source, within, seed, count });
const textOf = (mutant: Mutant) => readFileSync(join(source, mutant.file), 'utf8');
const rows = new Rows(file);
const left = drawn.filter((mutant) => !rows.has(mutant, textOf(mutant)));
rows.note(
  `# npm run test:mutants -- --seed ${seed} --count ${count}${within.length > 0 ? ` --within ${within.join(' ')}` : ''} --rounds ${rounds}; ${drawn.length} of ${of} changes`,
);

const workplace = new Workplace();
const testFiles = new TestFiles(workplace.directory);
const warmTests = new WarmTests({ root: workplace.directory, project: 'rooms' });
const slowTests = new WarmTests({ root: workplace.directory, project: 'program' });
/** Files that vitest may have read with a change. */
const changed = new Set<string>();
const spent = new Map<Mutant, number>();
try {
  const compiled = await judgeInBatches('types', judgeTypes, await leaveOutEquivalents(left));
  const passed = await judgeInBatches('lint', judgeLint, compiled);
  const isOfRooms = (test: string) =>
    passed.some(({ file: path }) => test.startsWith(`test/${path.split('/')[0]}/`));
  const outlived = await judgeEach(passed, { tests: testFiles.all.filter(isOfRooms), scenarios: [] });
  const near = new Set(outlived.flatMap((mutant) => [...testFiles.nearOf(mutant)]));
  await judgeEach(outlived, {
    tests: testFiles.all.filter((test) => near.has(test) && !isOfRooms(test)),
    scenarios: Object.keys(scenarios),
  });
} finally {
  warmTests.close();
  slowTests.close();
  workplace.remove();
}
const counted = rows.rows.filter(({ by }) => !notCounted.includes(by));
const score = scoreOf(counted.map(({ by }) => ({ foundBy: by === lives ? undefined : by })));
rows.note(
  `# ${score.found} of ${score.of} found, ${toPercent(score.found / score.of)} (95 %: ${toPercent(score.low)} to ${toPercent(score.high)}); ${rows.rows.length - counted.length} not counted`,
);
for (const [by, own] of Map.groupBy(rows.rows, (row) => row.by)) {
  const seconds = own.reduce((sum, row) => sum + row.seconds, 0);
  rows.note(`# ${by}: ${own.length}, ${Math.round(seconds)} s`);
}

async function leaveOutEquivalents(mutants: readonly Mutant[]): Promise<readonly Mutant[]> {
  return mutants.filter((mutant) => {
    const equivalent = findEquivalent(mutant, textOf(mutant));
    if (equivalent !== undefined) {
      add(mutant, 'equivalent', equivalent.why, 0);
    }
    return equivalent === undefined;
  });
}

/** @returns those that pass */
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

/** @returns those that pass */
async function judgeEach(mutants: readonly Mutant[], chosen: Chosen): Promise<readonly Mutant[]> {
  if (mutants.length === 0) {
    return [];
  }
  const startedMs = Date.now();
  const reaches = await findReach(mutants, testFiles, chosen);
  rows.note(
    `# which of ${chosen.tests.length} files of tests run what: ${Math.round((Date.now() - startedMs) / 1_000)} s`,
  );
  const passed: Mutant[] = [];
  for (const mutant of mutants) {
    if (!(await isFound(mutant, reaches.get(mutant) as Reach, chosen))) {
      passed.push(mutant);
    }
  }
  return passed;
}

async function isFound(mutant: Mutant, reach: Reach, chosen: Chosen): Promise<boolean> {
  const startedMs = Date.now();
  changed.add(`src/${mutant.file}`);
  let row: readonly [by: string, what: string] | undefined;
  try {
    const verdict = await settle(
      () => workplace.apply(mutant),
      () => ask(mutant, reach, chosen),
    );
    row = verdict && [verdict.isSettled ? verdict.failure.by : timedOut, verdict.failure.what];
  } catch (error) {
    row = ['not judged', String(error)];
  }
  if (row === undefined && chosen.scenarios.length > 0) {
    row = [lives, [...reach.scenarios].join(' ') || 'no scenario runs it'];
  }
  const seconds = (Date.now() - startedMs) / 1_000 + (spent.get(mutant) ?? 0);
  spent.set(mutant, seconds);
  if (row !== undefined) {
    add(mutant, ...row, seconds);
  }
  return row !== undefined;
}

async function ask(
  mutant: Mutant,
  reach: Reach,
  chosen: Chosen,
): Promise<(Failure & { readonly by: string }) | undefined> {
  const tests = testFiles.thatRun(mutant, reach, chosen.tests);
  const room = `test/${mutant.file.split('/')[0]}/`;
  const context = { changed: [...changed], warmTests, testFiles };
  const byTests = await judgeByTests(context, tests);
  if (byTests !== undefined) {
    const isOfRoom = byTests.what.startsWith(room);
    return { ...byTests, by: isOfRoom ? 'unit tests of its room' : 'unit tests of other rooms' };
  }
  if (chosen.scenarios.length === 0) {
    process.stderr.write(
      `# outlived ${tests.length} files: src/${mutant.file}:${mutant.line} ${mutant.rule}\n`,
    );
    return undefined;
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

function toPercent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
