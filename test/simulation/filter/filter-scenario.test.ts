import { beforeAll, expect, test } from 'vitest';
import { createFilterScenario } from './filter-scenario.ts';

const scenario = createFilterScenario();

beforeAll(() => scenario.load());

test('without faults every state is there, once and in order', async () => {
  const { violations, counts } = await scenario.runRound(1, []);
  expect(violations).toEqual([]);
  expect(counts.states).toBeGreaterThan(100);
});
