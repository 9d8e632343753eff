import { expect, test } from 'vitest';
import type { Fault, RoundOutcome, Scenario } from '../scenario.ts';
import { Trace } from '../world/trace.ts';
import { shrinkRound } from './shrink.ts';

const plan: readonly Fault[] = Array.from({ length: 20 }, (_, index) => ({
  kind: `fault ${index}`,
  target: '',
  atMs: index,
  forMs: 0,
}));

function createScenario(breaks: (kinds: readonly string[]) => RoundOutcome['violations']): Scenario {
  return {
    name: 'some',
    load: async () => undefined,
    planFaults: () => plan,
    runRound: async (_seed, faults) => ({
      violations: breaks(faults.map(({ kind }) => kind)),
      virtualMs: 1,
      counts: {},
      trace: new Trace(),
      digest: '',
    }),
  };
}

test('finds the two faults of twenty that are needed', async () => {
  const scenario = createScenario((kinds) =>
    kinds.includes('fault 3') && kinds.includes('fault 17') ? [{ kind: 'lost', text: 'one' }] : [],
  );
  const { faults, planned } = await shrinkRound(scenario, 1);
  expect(faults.map(({ kind }) => kind)).toEqual(['fault 3', 'fault 17']);
  expect(planned).toEqual(plan);
});

test('does not take another broken rule for the same', async () => {
  const scenario = createScenario((kinds) => [
    kinds.includes('fault 5') ? { kind: 'lost', text: 'one' } : { kind: 'order', text: 'other' },
  ]);
  const { faults } = await shrinkRound(scenario, 1);
  expect(faults.map(({ kind }) => kind)).toEqual(['fault 5']);
});

test('tries nothing where no rule is broken', async () => {
  let tried = 0;
  const scenario = createScenario(() => {
    tried += 1;
    return [];
  });
  expect((await shrinkRound(scenario, 1)).faults).toHaveLength(20);
  expect(tried).toBe(1);
});
