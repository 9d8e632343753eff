import type { Writable } from 'node:stream';
import type { Env } from '../runtime/config-error.ts';
import type { ProcessSignals } from '../runtime/run-process.ts';

/** The parts of its process that a command uses. Standard output carries data, standard error everything else. */
export interface CommandIo {
  readonly env: Env;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly signals: ProcessSignals;
  exit(code: number): void;
}
