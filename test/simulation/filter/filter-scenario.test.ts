import { beforeAll, expect, test } from 'vitest';
import { createFilterScenario } from './filter-scenario.ts';

const scenario = createFilterScenario();

beforeAll(() => scenario.load());

test('without faults every state is there, once and in order', async () => {
  const { violations, counts } = await scenario.runRound(1, []);
  expect(violations).toEqual([]);
  expect(counts.states).toBeGreaterThan(100);
});

test('rounds with faults break no promise', async () => {
  for (let seed = 1; seed <= 6; seed += 1) {
    const { violations } = await scenario.runRound(seed, scenario.planFaults(seed));
    expect({ seed, violations }).toEqual({ seed, violations: [] });
  }
});

test('the same seed gives the same trace', async () => {
  const seed = 7;
  const faults = scenario.planFaults(seed);
  const first = await scenario.runRound(seed, faults);
  const second = await scenario.runRound(seed, faults);
  expect(second.trace).toBe(first.trace);
  expect((await scenario.runRound(seed + 1, faults)).digest).not.toBe(first.digest);
});
