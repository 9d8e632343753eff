import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { chooseStore } from './stores.ts';
import { defineIntegerVariable, defineTextVariable, readVariables } from './variables.ts';

export interface SpoolConfig {
  readonly directory: string;
  /** Limit for all files in the directory together. */
  readonly maxBytes: number;
}

const gibibyte = 1024 ** 3;

export const spoolVariables = {
  directory: defineTextVariable('SPOOL_DIR'),
  maxBytes: defineIntegerVariable('SPOOL_MAX_BYTES', gibibyte, { min: 65_536, max: 1024 * gibibyte }),
};

/**
 * Minimum capacity of the spool, in bodies of the maximum size. A spooled body may be larger than the original, because
 * quotes, control characters and invalid UTF-8 are escaped.
 */
const minSpooledBodies = 4;

/** Reads the configuration of the spool, if it is enabled. The spool is large enough for any admitted body. */
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
        'cannot be used with the journal, which already stores events on this disk. Configure the store that receives the events (for example, KAFKA_BROKERS), or remove SPOOL_DIR.',
    });
  }
  if (maxBytes < minSpooledBodies * maxBodyBytes) {
    problems.push({
      variable: 'SPOOL_MAX_BYTES',
      message: `is less than ${minSpooledBodies} times MAX_BODY_BYTES (${maxBodyBytes}): raise SPOOL_MAX_BYTES, or lower MAX_BODY_BYTES.`,
    });
  }
  return { directory, maxBytes };
}
