import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished } from 'vitest';
import type { Env } from '../../src/runtime/config-error.ts';

export interface NpmStart {
  readonly pid: number;
  /** The process group, as `process.kill` takes it. */
  readonly group: number;
  /** Exit code and signal of npm, once the last process that holds its pipes has ended. */
  readonly closed: Promise<[number | null, string | null]>;
  readonly isClosed: () => boolean;
  /** What it wrote to standard error so far. */
  readonly log: () => string;
}

/** `npm start` as the leader of a process group, with that environment and nothing of the test's. */
export async function startByNpm(cwd: string, env: Env): Promise<NpmStart> {
  const npm = spawn('npm', ['start'], { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env });
  await once(npm, 'spawn');
  const pid = Number(npm.pid);
  const group = -pid;
  onTestFinished(() => killGroup(group));
  const closed = once(npm, 'close') as NpmStart['closed'];
  let isClosed = false;
  npm.once('close', () => {
    isClosed = true;
  });
  let log = '';
  npm.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  npm.stdout.resume();
  return { pid, group, closed, isClosed: () => isClosed, log: () => log };
}

/** Once the receiver has logged that. */
export async function whenLogged({ isClosed, log }: NpmStart, part: string): Promise<void> {
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
