import { expect } from 'vitest';
import type { Env } from '../../src/runtime/config-error.ts';
import { startCommand } from '../support/receiver-process.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';
import { type Row, row, type Trial } from './trial.ts';

const mistyped = { FILTER_WINDO: '1h' };

/** Rows for settings that only the command itself reads. The command runs as a process until it has started. */
export function processRows(command: 'receive' | 'filter', toEnv: () => Promise<Env>): readonly Row[] {
  async function run(env: Env): Promise<string> {
    const process = startCommand(
      [command],
      { ...mistyped, ...(await toEnv()), ...env },
      temporaryDirectory(),
    );
    await waitUntil(() => process.child.exitCode !== null || process.stderr().includes('started'), {
      ...{ timeoutMs: 60_000, what: `${command} starts`, pollMs: 10 },
    });
    process.child.kill('SIGTERM');
    await process.exited;
    return process.stderr();
  }

  let usual: Promise<string> | undefined;
  /** Without settings, the result is the same for all rows, so it is computed only once. */
  const see = (env: Env) => {
    if (Object.values(env).some(Boolean)) {
      return run(env);
    }
    usual ??= run({});
    return usual;
  };
  const rowOf = (setting: string, trial: Omit<Trial, 'see'>) => row(setting, () => ({ ...trial, see }));
  return [
    rowOf('LOG_LEVEL', { to: 'error', shows: expect.not.stringContaining('"msg":"stopped"') }),
    rowOf('LOG_FORMAT', { to: 'text', shows: expect.not.stringContaining('{"level"') }),
    rowOf('SHUTDOWN_TIMEOUT_MS', { to: '19000', shows: expect.stringContaining('within 19 s') }),
    rowOf('NODE_ENV', { to: 'production', shows: expect.stringMatching(/^error: .*FILTER_WINDO/s) }),
    rowOf('IGNORED_VARIABLES', { to: 'FILTER_WINDO', shows: expect.not.stringContaining('FILTER_WINDO') }),
  ];
}
