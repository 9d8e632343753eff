import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runShare } from '../simulation/run-in-processes.ts';
import type { Reach } from './reach.ts';
import type { Failure } from './settle.ts';
import type { TestFiles } from './test-files.ts';
import type { WarmTests } from './warm-tests.ts';
import type { Workplace } from './workplace.ts';

/**
 * Time limit for a test that is not known to be slow. It is higher than on the unchanged code, because many tests run
 * at once and slow each other down.
 */
const testTimeoutMs = 10_000;
const slowdown = 5;

interface TestContext {
  readonly changed: readonly string[];
  readonly warmTests: Pick<WarmTests, 'run'>;
  readonly testFiles: Pick<TestFiles, 'ranMs'>;
}

/**
 * Runs the unit tests that reach the mutant. The test of the mutated file runs first, because it finds most mutants.
 */
export async function judgeByTests(
  context: TestContext,
  [first, ...others]: readonly string[],
): Promise<Failure | undefined> {
  return (await runTests(context, first === undefined ? [] : [first])) ?? runTests(context, others);
}

async function runTests(context: TestContext, tests: readonly string[]): Promise<Failure | undefined> {
  if (tests.length === 0) {
    return undefined;
  }
  const { changed, warmTests, testFiles } = context;
  const limitOf = (file: string) => Math.max(testTimeoutMs, (testFiles.ranMs.get(file) ?? 0) * slowdown);
  const longestMs = Math.max(...tests.map(limitOf));
  const answer = await warmTests.run(
    { changed, tests, testTimeoutMs: longestMs },
    (file) => 5_000 + limitOf(file),
  );
  const [failure] = answer.failures;
  return failure === undefined
    ? undefined
    : {
        what: `${failure.file}: ${failure.test}`,
        again: () => runTests(context, [failure.file]),
      };
}

/**
 * Runs rounds of each scenario that reaches the mutant: first a few rounds of each scenario, then the remaining rounds.
 *
 * @throws {NotLoadedError} if no round starts, so that no verdict is possible
 */
export async function judgeBySimulation(
  changed: Pick<Workplace, 'directory'>,
  { scenarios }: Pick<Reach, 'scenarios'>,
  rounds: number,
): Promise<Failure | undefined> {
  const directory = pathToFileURL(join(changed.directory, 'test/simulation/'));
  const run = async (store: string, firstSeed: number, count: number): Promise<Failure | undefined> => {
    const share = { store, firstSeed, rounds: count, isUntilFailure: true };
    const [first] = (await runShare(share, directory)).failed;
    return (
      first && {
        what: `${store}, seed ${first.seed}: ${first.texts[0]}`,
        again: () => run(store, first.seed, 1),
      }
    );
  };
  const few = Math.min(rounds, 5);
  for (const [firstSeed, count] of [
    [1, few],
    [1 + few, rounds - few],
  ] as const) {
    for (const store of count > 0 ? scenarios : []) {
      const failure = await run(store, firstSeed, count);
      if (failure !== undefined) {
        return failure;
      }
    }
  }
  return undefined;
}
