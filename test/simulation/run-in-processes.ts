import { fork } from 'node:child_process';
import { once } from 'node:events';
import { addTotals, createTotals, type Totals } from './report/totals.ts';

/** What one process runs. */
export interface Share {
  readonly store: string;
  readonly firstSeed: number;
  readonly rounds: number;
  /** Ends with the first seed that breaks a rule. */
  readonly isUntilFailure?: boolean;
}

/** A round that never ends is killed. */
const limitMs = 3 * 3_600_000;

/** Divides the seeds between processes. */
export async function runInProcesses({ jobs, ...whole }: Share & { readonly jobs: number }): Promise<Totals> {
  const each = Math.ceil(whole.rounds / jobs);
  const shares = Array.from({ length: jobs }, (_, index) => ({
    ...whole,
    firstSeed: whole.firstSeed + index * each,
    rounds: Math.min(each, whole.rounds - index * each),
  })).filter(({ rounds }) => rounds > 0);
  const totals = createTotals();
  for (const part of await Promise.all(shares.map((share) => runShare(share)))) {
    addTotals(totals, part);
  }
  return totals;
}

/** @param directory where `test/simulation` of the code to be run is; its own without it */
export async function runShare(
  share: Share,
  directory: URL = new URL('.', import.meta.url),
): Promise<Totals> {
  const child = fork(new URL('rounds-process.ts', directory), [JSON.stringify(share)], { timeout: limitMs });
  const [totals] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`A process of the simulation ended with ${code}`);
    }),
  ])) as [Totals];
  return totals;
}
