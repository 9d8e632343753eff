import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { corpusOf } from './corpus.ts';
import type { Scenario } from './scenario.ts';
import { loadScenarios, scenarios } from './scenarios.ts';

/** Number of corpus seeds that this test runs. `.ci/run` runs all corpus seeds and many others. */
const fromCorpus = 2;

describe.for(Object.keys(scenarios))('simulated rounds of %s', (name) => {
  let scenario: Scenario;
  beforeAll(async () => {
    [scenario] = (await loadScenarios(name)) as [Scenario];
  });

  async function runRound(seed: number): Promise<string> {
    const { stackTraceLimit } = Error;
    onTestFinished(() => {
      Error.stackTraceLimit = stackTraceLimit;
    });
    // Stack traces are disabled, because rounds create thousands of errors.
    Error.stackTraceLimit = 0;
    const { violations, digest } = await scenario.runRound(seed, scenario.planFaults(seed));
    expect(violations, `npm run test:simulation -- --store ${name} --seed ${seed} --trace`).toEqual([]);
    return digest;
  }

  test('break no rule', async () => {
    for (const seed of corpusOf(name).slice(0, fromCorpus)) {
      await runRound(seed);
    }
  });

  test('are the same for the same seed, and others for another', async () => {
    const first = await runRound(1);
    expect(await runRound(1)).toBe(first);
    expect(await runRound(2)).not.toBe(first);
  });
});
