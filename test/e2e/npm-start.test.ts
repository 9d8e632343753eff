import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../support/test-receiver.ts';

const project = new URL('../..', import.meta.url).pathname;

/** `npm start` as the leader of a process group, once the receiver under it listens. */
async function startByNpm() {
  const npm = spawn('npm', ['start'], {
    cwd: project,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATA_DIR: temporaryDirectory(),
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: '0',
      MANAGEMENT_PORT: '0',
      SHUTDOWN_DELAY_MS: '500',
    },
  });
  await once(npm, 'spawn');
  const pid = Number(npm.pid);
  const group = -pid;
  onTestFinished(() => killGroup(group));
  // Comes when the last process that holds the pipes has ended, npm or not.
  const closed = once(npm, 'close') as Promise<[number | null, string | null]>;
  let log = '';
  await new Promise<void>((resolve, reject) => {
    npm.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('"msg":"listening"')) {
        resolve();
      }
    });
    void closed.then(() => reject(new Error(`npm start ended:\n${log}`)));
  });
  npm.stdout.resume();
  return { pid, group, closed, log: () => log };
}

function killGroup(group: number): void {
  try {
    process.kill(group, 'SIGKILL');
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ESRCH');
  }
}

describe('npm start', () => {
  test.each([
    // A platform or a supervisor that knows npm's pid only.
    { signal: 'SIGTERM', to: 'npm alone' },
    { signal: 'SIGINT', to: 'npm alone' },
    // systemd, and Ctrl-C: npm passes on what the receiver got already.
    { signal: 'SIGTERM', to: 'the process group' },
    { signal: 'SIGINT', to: 'the process group' },
  ] as const)(
    'ends the receiver in order on $signal to $to, and leaves no process',
    async ({ signal, to }) => {
      const { pid, group, closed, log } = await startByNpm();
      process.kill(to === 'npm alone' ? pid : group, signal);
      expect(await closed).toEqual([0, null]);
      expect(log()).toContain('"msg":"stopped"');
      expect(() => process.kill(group, 0)).toThrow('ESRCH');
    },
  );
});
