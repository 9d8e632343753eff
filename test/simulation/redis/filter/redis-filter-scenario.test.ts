import { beforeAll, expect, test } from 'vitest';
import { redisFilterScenario as scenario } from './redis-filter-scenario.ts';

beforeAll(() => scenario.load());

test('without faults every state is that of the highest revision', async () => {
  const { violations, counts } = await scenario.runRound(1, []);
  expect(violations).toEqual([]);
  expect(counts.events).toBeGreaterThan(100);
});
