import { expect, test } from 'vitest';
import { runRounds } from './run-rounds.ts';
import type { Scenario } from './scenario.ts';
import { Trace } from './world/trace.ts';

const outcome = { virtualMs: 1, counts: {}, trace: new Trace(), digest: 'ab' };
const scenario = (runRound: Scenario['runRound']): Scenario => ({
  ...{ name: 'small', load: async () => undefined, planFaults: () => [], runRound },
});

test('a round that breaks a rule has failed, with what was said', async () => {
  const { failed, rounds } = await runRounds(
    scenario(async (seed) => ({
      ...outcome,
      violations: seed === 2 ? [{ kind: 'lost', text: 'one' }] : [],
    })),
    { firstSeed: 1, rounds: 3 },
  );
  expect([rounds, failed]).toEqual([3, [{ store: 'small', seed: 2, faultCount: 0, texts: ['lost: one'] }]]);
});

test('a round whose time stands still has failed', async () => {
  const { failed } = await runRounds(
    scenario(() => Promise.reject(new Error('Time stands still at 5 ms'))),
    { firstSeed: 1, rounds: 1 },
  );
  expect(failed[0]?.texts[0]).toMatch(/^stands still: Error: Time stands still at 5 ms/);
});
