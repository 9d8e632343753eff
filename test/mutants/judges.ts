import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runShare } from '../simulation/run-in-processes.ts';
import type { Mutant } from './mutant.ts';
import type { Workplace } from './workplace.ts';

/** What says that a change is a defect. */
export interface Finding {
  /** The diagnostic, the test, or the rule of the simulation with its seed. */
  readonly what: string;
}

export interface Judge {
  readonly name: string;
  /**
   * @returns `undefined`: the change passes
   * @throws {Error} when nothing was judged
   */
  judge(mutant: Mutant, changed: Workplace, unchanged: Workplace): Promise<Finding | undefined>;
}

/** Longer than the longest room takes on a busy machine. */
const testLimitMs = 900_000;

/** In the order of their cost. */
export function createJudges(options: {
  readonly rounds: number;
  readonly isSlowToo: boolean;
}): readonly Judge[] {
  return [
    { name: 'types', judge: judgeTypes },
    { name: 'lint', judge: judgeLint },
    { name: 'unit tests', judge: judgeTests(besideIt, 'rooms') },
    { name: 'simulation', judge: (mutant, changed) => judgeSimulation(mutant, changed, options.rounds) },
    { name: 'unit tests of what imports it', judge: judgeTests(reachingIt, 'rooms') },
    ...(options.isSlowToo ? [{ name: 'integration tests', judge: judgeTests(reachingIt, 'program') }] : []),
  ];
}

async function judgeTypes({ file }: Mutant, changed: Workplace): Promise<Finding | undefined> {
  const { code, output } = await changed.run(
    'tsc',
    ['-p', 'test', '--incremental', '--tsBuildInfoFile', join(changed.directory, 'types.tsbuildinfo')],
    300_000,
  );
  const [diagnostic] = /^.*error TS.*$/m.exec(output) ?? [];
  if (code !== 0 && diagnostic === undefined) {
    throw new Error(`tsc did not judge src/${file}: ${output.slice(-500)}`);
  }
  return diagnostic === undefined ? undefined : { what: diagnostic.slice(0, 200) };
}

async function judgeLint({ file }: Mutant, changed: Workplace): Promise<Finding | undefined> {
  const args = ['--type-aware', '--format=unix', `src/${file}`];
  const { code, output } = await changed.run('oxlint', args, 120_000);
  const [diagnostic] = /^\S+:\d+:\d+: .*$/m.exec(output) ?? [];
  if (code !== 0 && diagnostic === undefined) {
    throw new Error(`oxlint did not judge src/${file}: ${output.slice(-500)}`);
  }
  return diagnostic === undefined ? undefined : { what: diagnostic.slice(0, 200) };
}

/** A failure counts when the same file of tests passes on the unchanged code. */
function judgeTests(
  choose: (mutant: Mutant, changed: Workplace) => readonly string[],
  project: string,
): Judge['judge'] {
  return async (mutant, changed, unchanged) => {
    const chosen = choose(mutant, changed);
    const failed = chosen.length === 0 ? undefined : await findFailedTest(changed, project, chosen);
    if (failed === undefined) {
      return undefined;
    }
    const without = await findFailedTest(unchanged, project, ['run', failed.file]);
    if (without !== undefined) {
      throw new Error(`${failed.file} fails on the unchanged code, too: ${without.test}`);
    }
    return { what: `${failed.file}: ${failed.test}` };
  };
}

/** Tests stand in the folder that is named like that of the code. */
function besideIt({ file }: Mutant, { directory }: Workplace): readonly string[] {
  const folder = join('test', dirname(file));
  return existsSync(join(directory, folder)) ? ['run', `${folder}/`] : [];
}

function reachingIt({ file }: Mutant): readonly string[] {
  return ['related', `src/${file}`, '--exclude', '**/*-in-browser.test.ts'];
}

interface TestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

async function findFailedTest(
  workplace: Workplace,
  project: string,
  args: readonly string[],
): Promise<{ readonly file: string; readonly test: string } | undefined> {
  const report = join(workplace.directory, 'tests.json');
  rmSync(report, { force: true });
  const { code, output } = await workplace.run(
    'vitest',
    [
      ...[
        ...args,
        '--config',
        'test/vitest.config.ts',
        '--project',
        project,
        '--bail',
        '1',
        '--passWithNoTests',
      ],
      ...['--reporter', 'json', '--outputFile', report],
    ],
    testLimitMs,
  );
  if (code === 0) {
    return undefined;
  }
  if (!existsSync(report)) {
    throw new Error(`no test has judged (${code ?? 'time over'}): ${output.slice(-500)}`);
  }
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as TestReport;
  const failures = testResults
    .filter(({ status }) => status === 'failed')
    .map(({ name, assertionResults }) => ({
      file: relative(workplace.directory, name),
      test: assertionResults.find(({ status }) => status === 'failed')?.fullName,
    }));
  // With --bail a file that was not begun counts as failed, too. Without any failed test a file could not be loaded.
  const failed = failures.find(({ test }) => test !== undefined) ?? failures[0];
  if (failed !== undefined) {
    return { file: failed.file, test: failed.test ?? 'could not be loaded' };
  }
  throw new Error(`vitest ended with ${code ?? 'its time over'} and named no test: ${output.slice(-500)}`);
}

/** The scenarios that run a room, by the beginning of the path; the first that fits. */
const scenariosOf: readonly (readonly [path: string, stores: readonly string[]])[] = [
  ['kafka/produce/', ['kafka']],
  ['kafka/filter/', ['filter']],
  ['kafka/read/', []],
  ['kafka/topics/', ['kafka']],
  ['kafka/', ['kafka', 'filter']],
  ['redis/filter/', ['redis-filter']],
  ['redis/', ['redis', 'redis-filter']],
  ['rabbitmq/', ['rabbitmq']],
  ['journal/', ['journal', 'spool']],
  ['spool/', ['spool']],
  ['revisions/', ['filter', 'redis-filter']],
  ['append/', ['kafka', 'redis', 'rabbitmq', 'spool']],
  ['sink/', ['kafka', 'spool']],
  ['webhook/', ['kafka']],
  ['http/', ['kafka', 'rabbitmq']],
  ['runtime/', ['kafka', 'filter']],
  ['receiver.ts', ['kafka']],
  ['revision-filter.ts', ['filter']],
];

async function judgeSimulation(
  { file }: Mutant,
  changed: Workplace,
  rounds: number,
): Promise<Finding | undefined> {
  const stores = scenariosOf.find(([path]) => file.startsWith(path))?.[1] ?? [];
  for (const store of stores) {
    const share = { store, firstSeed: 1, rounds, isUntilFailure: true };
    const { failed } = await runShare(share, pathToFileURL(join(changed.directory, 'test/simulation/')));
    const [first] = failed;
    if (first !== undefined) {
      return { what: `${store}, seed ${first.seed}: ${first.texts[0]}` };
    }
  }
  return undefined;
}
