import type { Scenario } from '../scenario.ts';

/**
 * Removes faults as long as the round still violates a rule of the same kind. Removes half of the faults first, then
 * quarters, and finally single faults. The traffic of the round does not change.
 */
export async function shrinkRound(scenario: Scenario, seed: number, mostAttempts = 200) {
  /** All faults of the original round, including the removed faults. */
  const planned = scenario.planFaults(seed);
  /** The shortest list of faults found so far. */
  let faults = planned;
  let outcome = await scenario.runRound(seed, faults);
  const kinds = new Set(outcome.violations.map(({ kind }) => kind));
  let attempts = 1;
  for (let size = Math.ceil(faults.length / 2); size > 0 && kinds.size > 0 && attempts < mostAttempts; ) {
    let isShorter = false;
    for (let at = 0; at < faults.length && attempts < mostAttempts; ) {
      const fewer = [...faults.slice(0, at), ...faults.slice(at + size)];
      const tried = await scenario.runRound(seed, fewer);
      attempts += 1;
      if (tried.violations.some(({ kind }) => kinds.has(kind))) {
        [faults, outcome, isShorter] = [fewer, tried, true];
      } else {
        at += size;
      }
    }
    if (size === 1 && !isShorter) {
      break;
    }
    size = Math.ceil(size / 2);
  }
  return { faults, planned, outcome };
}
