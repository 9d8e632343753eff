import { describe, expect, test } from 'vitest';
import { corpusOf } from './corpus.ts';
import { formatTotals } from './report/totals.ts';
import { runRounds } from './run-rounds.ts';
import { loadScenarios, scenarios } from './scenarios.ts';

/** What all stores together may take of `npm test`. */
const allMs = 25_000;
const names = Object.keys(scenarios);
/** The same each time, behind the corpus: `npm run test:simulation` looks for what nobody knows, by other seeds. */
const firstSeed = 1;

describe.for(names)('simulated rounds of %s', (name) => {
  test('break no rule', async () => {
    const [scenario] = await loadScenarios(name);
    const limitMs = allMs / names.length;
    const range = { corpus: corpusOf(name), firstSeed, rounds: Number.POSITIVE_INFINITY, limitMs };
    const totals = scenario && (await runRounds(scenario, range));
    expect(totals?.failed, totals && formatTotals(name, totals)).toEqual([]);
    expect(totals?.rounds).toBeGreaterThan(0);
  });

  test('are the same for the same seed, and others for another', async () => {
    const [scenario] = await loadScenarios(name);
    const digests: (string | undefined)[] = [];
    for (const seed of [firstSeed, firstSeed, firstSeed + 1]) {
      digests.push((await scenario?.runRound(seed, scenario.planFaults(seed)))?.digest);
    }
    const [first, again, other] = digests;
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});
