import { beforeAll, expect, test } from 'vitest';
import { redisFilterScenario as scenario } from './redis-filter-scenario.ts';

beforeAll(() => scenario.load());

test('without faults every state is that of the highest revision', async () => {
  const { violations, counts } = await scenario.runRound(1, []);
  expect(violations).toEqual([]);
  expect(counts.events).toBeGreaterThan(100);
});

test('rounds with faults break no promise', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { violations } = await scenario.runRound(seed, scenario.planFaults(seed));
    expect({ seed, violations }).toEqual({ seed, violations: [] });
  }
});

test('the same seed gives the same trace', async () => {
  const seed = 3;
  const faults = scenario.planFaults(seed);
  const first = await scenario.runRound(seed, faults);
  expect((await scenario.runRound(seed, faults)).trace).toBe(first.trace);
  expect((await scenario.runRound(seed + 1, faults)).digest).not.toBe(first.digest);
});
