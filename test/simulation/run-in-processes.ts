import { fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { addFailure, addTotals, createTotals, type Totals } from './report/totals.ts';
import { stackDescriptor } from './world/watchdog.ts';

export interface Share {
  readonly store: string;
  /** Seeds that run before all other seeds. */
  readonly corpus?: readonly number[];
  readonly firstSeed: number;
  readonly rounds: number;
  /** Stops at the first seed that breaks a rule. */
  readonly isUntilFailure?: boolean;
}

/** Message from a process. It names each round when it starts, and finally contains the totals. */
export interface Told {
  readonly seed?: number;
  readonly totals: Totals;
  readonly isOver?: true;
}

/** Thrown if no round started, so that no verdict is possible. */
export class NotLoadedError extends Error {}

/** Time after which a round is considered endless. A normal round takes about a second. */
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
 * Runs a share of the rounds in a separate process.
 *
 * @param directory the `test/simulation` directory to run, by default this directory
 * @throws {NotLoadedError} if no round starts
 */
export async function runShare(
  share: Share,
  directory: URL = new URL('.', import.meta.url),
): Promise<Totals> {
  const child = fork(new URL('rounds-process.ts', directory), [JSON.stringify(share)], {
    // Stack traces are disabled, because rounds create thousands of errors. `--trace` enables stack traces for a single
    // seed.
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
