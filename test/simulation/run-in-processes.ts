import { fork } from 'node:child_process';
import { once } from 'node:events';
import { addTotals, createTotals, type Totals } from './report/totals.ts';

/** What one process runs. */
export interface Share {
  readonly store: string;
  readonly firstSeed: number;
  readonly rounds: number;
}

/** Divides the seeds between processes. */
export async function runInProcesses({ jobs, ...whole }: Share & { readonly jobs: number }): Promise<Totals> {
  const each = Math.ceil(whole.rounds / jobs);
  const shares = Array.from({ length: jobs }, (_, index) => ({
    ...whole,
    firstSeed: whole.firstSeed + index * each,
    rounds: Math.min(each, whole.rounds - index * each),
  })).filter(({ rounds }) => rounds > 0);
  const totals = createTotals();
  for (const part of await Promise.all(shares.map(runShare))) {
    addTotals(totals, part);
  }
  return totals;
}

async function runShare(share: Share): Promise<Totals> {
  const child = fork(new URL('rounds-process.ts', import.meta.url), [JSON.stringify(share)]);
  const [totals] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`A process of the simulation ended with ${code}`);
    }),
  ])) as [Totals];
  return totals;
}
