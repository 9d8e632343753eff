import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { chooseStore } from './stores.ts';
import { integerVariable, readVariables, textVariable } from './variables.ts';

export interface SpoolConfig {
  readonly directory: string;
  /** All files in the directory together. */
  readonly maxBytes: number;
}

const gibibyte = 1024 ** 3;

export const spoolVariables = {
  directory: textVariable('SPOOL_DIR'),
  maxBytes: integerVariable('SPOOL_MAX_BYTES', gibibyte, { min: 65_536, max: 1024 * gibibyte }),
};

/** A line of the spool may be larger than its body: quotes and control characters are escaped, bytes that are no text too. */
const bodiesInSpool = 4;

/** The spool before the store, if there is one. It can hold any body that is admitted. */
export function readSpoolConfig(
  env: Env,
  maxBodyBytes: number,
  problems: ConfigProblem[],
): SpoolConfig | undefined {
  const { directory, maxBytes } = readVariables(spoolVariables, env, problems);
  if (directory === undefined) {
    return undefined;
  }
  if (chooseStore(env) === 'journal') {
    problems.push({
      variable: 'SPOOL_DIR',
      message:
        'is of no use with the journal, which keeps events on this disk itself. Name the store that is to get them (KAFKA_BROKERS, for example), or leave SPOOL_DIR out.',
    });
  }
  if (maxBytes < bodiesInSpool * maxBodyBytes) {
    problems.push({
      variable: 'SPOOL_MAX_BYTES',
      message: `is less than ${bodiesInSpool} times MAX_BODY_BYTES (${maxBodyBytes}): raise it, or lower MAX_BODY_BYTES.`,
    });
  }
  return { directory, maxBytes };
}
