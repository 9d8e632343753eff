import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runShare } from '../simulation/run-in-processes.ts';
import type { Reach } from './reach.ts';
import type { TestFiles } from './test-files.ts';
import type { TestAnswer } from './tests-process.ts';
import type { WarmTests } from './warm-tests.ts';
import type { Workplace } from './workplace.ts';

/** What a test that is not yet known to be slow may take. Longer than on the unchanged code: the machine does other work, too. */
const testTimeoutMs = 10_000;
const slowdown = 5;

/** The unit tests that run the change. A failure counts when it comes a second time. */
export async function judgeByTests(
  {
    changed,
    warmTests,
    testFiles,
  }: { changed: readonly string[]; warmTests: WarmTests; testFiles: TestFiles },
  tests: readonly string[],
): Promise<string | undefined> {
  const run = async (chosen: readonly string[]): Promise<TestAnswer | string> => {
    const expected = chosen.map((test) => testFiles.ranMs.get(test) ?? 0);
    const longestMs = Math.max(testTimeoutMs, ...expected.map((ms) => ms * slowdown));
    const allMs = expected.reduce((sum, ms) => sum + ms, 0);
    const limitMs = 5_000 + longestMs + allMs * slowdown;
    const answer = await warmTests.run({ changed, tests: chosen, testTimeoutMs: longestMs }, limitMs);
    return (
      answer ?? `${chosen[0]}: no end within ${Math.round(limitMs / 1_000)} s, or the end of the process`
    );
  };
  if (tests.length === 0) {
    return undefined;
  }
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    const first = await run(tests);
    if (typeof first === 'string') {
      return first;
    }
    const [failure] = first.failures;
    if (failure === undefined) {
      return undefined;
    }
    const found = `${failure.file}: ${failure.test}`;
    const second = attempt === 1 ? await run([failure.file]) : undefined;
    if (second === undefined || typeof second === 'string' || second.failures.length > 0) {
      return found;
    }
  }
  return undefined;
}

/** Rounds of each scenario that runs the change: first few of each, then the others. */
export async function judgeBySimulation(
  changed: Workplace,
  { scenarios }: Reach,
  rounds: number,
): Promise<string | undefined> {
  const directory = pathToFileURL(join(changed.directory, 'test/simulation/'));
  const few = Math.min(rounds, 5);
  for (const [firstSeed, count] of [
    [1, few],
    [1 + few, rounds - few],
  ] as const) {
    for (const store of count > 0 ? scenarios : []) {
      try {
        const share = { store, firstSeed, rounds: count, isUntilFailure: true };
        const [first] = (await runShare(share, directory)).failed;
        if (first !== undefined) {
          return `${store}, seed ${first.seed}: ${first.texts[0]}`;
        }
      } catch (error) {
        return `${store}: ${String(error)}`;
      }
    }
  }
  return undefined;
}
