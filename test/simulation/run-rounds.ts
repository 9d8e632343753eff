import { addRound, createTotals, type Totals } from './report/totals.ts';
import type { RoundOutcome, Scenario } from './scenario.ts';
import { Trace } from './world/trace.ts';

interface RunRoundsOptions {
  /** Seeds that run before all other seeds. */
  readonly corpus?: readonly number[];
  readonly firstSeed: number;
  readonly rounds: number;
  readonly isUntilFailure?: boolean;
  /** Called before a round starts. */
  readonly onRound?: (seed: number, before: Totals) => void;
}

export async function runRounds(
  scenario: Scenario,
  { corpus = [], firstSeed, rounds, isUntilFailure = false, onRound = () => {} }: RunRoundsOptions,
): Promise<Totals> {
  const totals = createTotals();
  const before = process.cpuUsage();
  for (let round = 0; round < corpus.length + rounds; round += 1) {
    const seed = corpus[round] ?? firstSeed + round - corpus.length;
    if (isUntilFailure && totals.failed.length > 0) {
      break;
    }
    onRound(seed, totals);
    const faults = scenario.planFaults(seed);
    addRound(totals, {
      ...{ store: scenario.name, seed, faults },
      outcome: await scenario.runRound(seed, faults).catch(toOutcome),
    });
  }
  const { user, system } = process.cpuUsage(before);
  totals.cpuMs = (user + system) / 1_000;
  return totals;
}

/** Converts the error of a round that could not continue because its virtual time did not advance. */
function toOutcome({ stack = '' }: Error): RoundOutcome {
  const violations = [{ kind: 'stands still', text: stack } as const];
  return { violations, virtualMs: 0, counts: {}, trace: new Trace(), digest: '' };
}
