import { expect, test } from 'vitest';
import { journalScenario } from '../journal/journal-scenario.ts';
import { spoolScenario } from '../spool/spool-scenario.ts';

const scenarios = [journalScenario, spoolScenario].map((scenario) => [scenario.name, scenario] as const);

test.each(scenarios)('a round of the %s is a function of its seed', async (_name, scenario) => {
  const run = (seed: number) => scenario.runRound(seed, scenario.planFaults(seed));
  const [first, again, other] = [await run(7), await run(7), await run(8)];
  expect([again.digest, again.counts]).toEqual([first.digest, first.counts]);
  expect(other.digest).not.toBe(first.digest);
});

test.each(scenarios)('the %s keeps its promise in some rounds', async (_name, scenario) => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const { violations, counts } = await scenario.runRound(seed, scenario.planFaults(seed));
    expect(violations, `seed ${seed}`).toEqual([]);
    expect(counts.acknowledged).toBeGreaterThan(100);
  }
});
