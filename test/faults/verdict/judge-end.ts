import { type Recovery, recoveryLimitMs, servesLimitMs } from '../wait-for-recovery.ts';
import type { Violation } from './judge.ts';
import type { Judges } from './run-judges.ts';

export interface EndEvidence extends Recovery {
  /** Exit code of the graceful shutdown. `undefined` or `null` if a signal ended the process. */
  readonly exitCode: number | null | undefined;
}

/** Checks the state of a service after its last fault. */
export const endJudges = {
  judgeExit: ({ exitCode }) =>
    exitCode !== 0 ? [{ kind: 'exit', text: `SIGTERM gave ${exitCode ?? 'a signal'} instead of 0` }] : [],
  judgeServing: ({ servesMs }) =>
    servesMs === undefined || servesMs > servesLimitMs
      ? [
          {
            kind: 'recovery',
            text: `no delivery taken, or something said to be wrong, within ${servesLimitMs} ms`,
          },
        ]
      : [],
  judgeCalmSecond: ({ recoveryMs }) =>
    recoveryMs === undefined ? [{ kind: 'recovery', text: `none within ${recoveryLimitMs} ms` }] : [],
} satisfies Judges<EndEvidence, Violation>;
