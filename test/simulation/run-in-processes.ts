import { fork } from 'node:child_process';
import { addTotals, createTotals, type Totals } from './report/totals.ts';

/** What one process runs. */
export interface Share {
  readonly store: string;
  readonly firstSeed: number;
  readonly rounds: number;
  /** Ends with the first seed that breaks a rule. */
  readonly isUntilFailure?: boolean;
}

/** What a process tells: which round begins, and at last all of them. */
export interface Told {
  readonly seed?: number;
  readonly totals?: Totals;
}

/** A round takes a second. One that takes so long never ends. */
const roundLimitMs = 180_000;

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

/**
 * @param directory where `test/simulation` of the code to be run is; its own without it
 * @throws {Error} that names the seed whose round ended the process, or did not end
 */
export async function runShare(
  share: Share,
  directory: URL = new URL('.', import.meta.url),
): Promise<Totals> {
  const child = fork(new URL('rounds-process.ts', directory), [JSON.stringify(share)], {
    // Errors are made by the thousand. A person who looks at one seed (`--trace`) gets their stacks.
    execArgv: ['--stack-trace-limit=0'],
  });
  let seed = share.firstSeed;
  let overdue: NodeJS.Timeout | undefined;
  const watch = () => {
    clearTimeout(overdue);
    overdue = setTimeout(() => child.kill('SIGKILL'), roundLimitMs);
  };
  watch();
  try {
    return await new Promise<Totals>((resolve, reject) => {
      child.on('message', (told: Told) => {
        seed = told.seed ?? seed;
        watch();
        if (told.totals !== undefined) {
          resolve(told.totals);
        }
      });
      child.once('exit', (code, signal) =>
        reject(new Error(`The round of seed ${seed} did not end, or ended its process: ${code ?? signal}`)),
      );
    });
  } finally {
    clearTimeout(overdue);
  }
}
