import { fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { addFailure, addTotals, createTotals, type Totals } from './report/totals.ts';
import { stackDescriptor } from './world/watchdog.ts';

export interface Share {
  readonly store: string;
  /** Seeds that run before the others. */
  readonly corpus?: readonly number[];
  readonly firstSeed: number;
  readonly rounds: number;
  /** Ends at the first seed that breaks a rule. */
  readonly isUntilFailure?: boolean;
}

/** Message of a process: which round starts after which, and finally the totals. */
export interface Told {
  readonly seed?: number;
  readonly totals: Totals;
  readonly isOver?: true;
}

/** No round started, so there is no verdict. */
export class NotLoadedError extends Error {}

/** A round takes about a second. A round that takes this long never ends. */
const roundLimitMs = 180_000;

export async function runInProcesses({ jobs, ...whole }: Share & { readonly jobs: number }): Promise<Totals> {
  const each = Math.ceil(whole.rounds / jobs);
  const shares = Array.from({ length: jobs }, (_, index) => ({
    ...whole,
    corpus: whole.corpus?.filter((_seed, at) => at % jobs === index) ?? [],
    firstSeed: whole.firstSeed + index * each,
    rounds: Math.max(0, Math.min(each, whole.rounds - index * each)),
  })).filter(({ corpus, rounds }) => corpus.length + rounds > 0);
  const totals = createTotals();
  for (const part of await Promise.all(shares.map((share) => runShare(share)))) {
    addTotals(totals, part);
  }
  return totals;
}

/**
 * Runs a share of the rounds in a process.
 *
 * @param directory the `test/simulation` to run; by default this one
 * @throws {NotLoadedError}
 */
export async function runShare(
  share: Share,
  directory: URL = new URL('.', import.meta.url),
): Promise<Totals> {
  const child = fork(new URL('rounds-process.ts', directory), [JSON.stringify(share)], {
    // Rounds create thousands of errors, so stacks are disabled. `--trace` for one seed enables them.
    execArgv: ['--stack-trace-limit=0'],
    stdio: ['inherit', 'inherit', 'inherit', 'ipc', 'pipe'],
  });
  const stack = readText(child.stdio[stackDescriptor] as Readable);
  const told: Told[] = [];
  let overdue: NodeJS.Timeout | undefined;
  const watch = () => {
    clearTimeout(overdue);
    overdue = setTimeout(() => child.kill('SIGKILL'), roundLimitMs);
  };
  watch();
  child.on('message', (message: Told) => {
    told.splice(0, 1, message);
    watch();
  });
  const end = await new Promise<string>((resolve) => {
    child.once('close', (code, signal) => resolve(String(code ?? signal)));
  });
  clearTimeout(overdue);
  const [last] = told;
  const where = await stack;
  if (last === undefined && where === '') {
    throw new NotLoadedError(`No round of ${share.store} began: ${end}`);
  }
  const { seed = 0, totals, isOver } = last ?? { totals: createTotals() };
  if (isOver !== true) {
    const text = `stands still: ${where || `the process ended: ${end}`}`;
    addFailure(totals, { store: share.store, seed, text });
  }
  return totals;
}
