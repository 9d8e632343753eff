import { expect, onTestFinished, test } from 'vitest';
import { loadScenarios, scenarios } from './scenarios.ts';

test.for(Object.keys(scenarios))(
  'simulated rounds of %s are the same for the same seed, and others for another',
  async (name) => {
    const [scenario] = await loadScenarios(name);
    const { stackTraceLimit } = Error;
    onTestFinished(() => {
      Error.stackTraceLimit = stackTraceLimit;
    });
    // Stack traces are disabled, because rounds create thousands of errors.
    Error.stackTraceLimit = 0;

    async function runRound(seed: number): Promise<string | undefined> {
      const outcome = await scenario?.runRound(seed, scenario.planFaults(seed));
      expect(
        outcome?.violations,
        `npm run test:simulation -- --store ${name} --seed ${seed} --trace`,
      ).toEqual([]);
      return outcome?.digest;
    }

    const first = await runRound(1);
    expect(await runRound(1)).toBe(first);
    expect(await runRound(2)).not.toBe(first);
  },
);
