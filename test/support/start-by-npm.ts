import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished } from 'vitest';
import type { Env } from '../../src/runtime/config-error.ts';

/** Runs `npm start` as the leader of a process group, with only this environment. */
export async function startByNpm(cwd: string, env: Env) {
  const npm = spawn('npm', ['start'], { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env });
  await once(npm, 'spawn');
  const pid = Number(npm.pid);
  /** Process group id, in the form that `process.kill` expects. */
  const group = -pid;
  onTestFinished(() => killGroup(group));
  /** Exit code and signal of npm. The promise resolves once the last process that holds npm's pipes has ended. */
  const closed = once(npm, 'close') as Promise<[number | null, string | null]>;
  let isClosed = false;
  npm.once('close', () => {
    isClosed = true;
  });
  let log = '';
  npm.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  npm.stdout.resume();
  /** `log` returns the standard error output so far. */
  return { pid, group, closed, isClosed: () => isClosed, log: () => log };
}

/** Resolves when the receiver has logged this text. */
export async function whenLogged(
  { isClosed, log }: Pick<Awaited<ReturnType<typeof startByNpm>>, 'isClosed' | 'log'>,
  part: string,
): Promise<void> {
  await expect.poll(() => isClosed() || log().includes(part), { interval: 20, timeout: 30_000 }).toBe(true);
  if (!log().includes(part)) {
    throw new Error(`npm start ended:\n${log()}`);
  }
}

function killGroup(group: number): void {
  try {
    process.kill(group, 'SIGKILL');
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ESRCH');
  }
}
