import { addRound, createTotals, type Totals } from './report/totals.ts';
import type { Scenario } from './scenario.ts';

interface RunRoundsOptions {
  readonly firstSeed: number;
  readonly rounds: number;
  /** Real milliseconds after which no further round begins. */
  readonly limitMs?: number;
  readonly isUntilFailure?: boolean;
  /** A round begins. */
  readonly onRound?: (seed: number) => void;
}

/** One round for each seed, one after the other. */
export async function runRounds(
  scenario: Scenario,
  {
    firstSeed,
    rounds,
    limitMs = Number.POSITIVE_INFINITY,
    isUntilFailure = false,
    onRound = () => {},
  }: RunRoundsOptions,
): Promise<Totals> {
  const totals = createTotals();
  const startedAt = performance.now();
  const before = process.cpuUsage();
  for (let seed = firstSeed; seed < firstSeed + rounds; seed += 1) {
    if (performance.now() - startedAt > limitMs || (isUntilFailure && totals.failed.length > 0)) {
      break;
    }
    onRound(seed);
    const faults = scenario.planFaults(seed);
    addRound(totals, {
      ...{ store: scenario.name, seed, faults },
      outcome: await scenario.runRound(seed, faults),
    });
  }
  const { user, system } = process.cpuUsage(before);
  totals.cpuMs = (user + system) / 1_000;
  return totals;
}
