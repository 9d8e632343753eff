import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startByNpm, whenLogged } from '../support/start-by-npm.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const project = new URL('../..', import.meta.url).pathname;

describe('npm start', () => {
  test.each([
    // The signal goes only to npm, because a platform or supervisor may know only npm's pid.
    { signal: 'SIGTERM', to: 'npm alone' },
    { signal: 'SIGINT', to: 'npm alone' },
    // The signal goes to the whole process group, as with systemd or Ctrl-C. npm forwards it to the receiver a second
    // time.
    { signal: 'SIGTERM', to: 'the process group' },
    { signal: 'SIGINT', to: 'the process group' },
  ] as const)(
    'ends the receiver in order on $signal to $to, and leaves no process',
    async ({ signal, to }) => {
      const started = await startByNpm(project, {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        DATA_DIR: temporaryDirectory(),
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: '0',
        MANAGEMENT_PORT: '0',
        SHUTDOWN_DELAY_MS: '500',
      });
      await whenLogged(started, '"msg":"listening"');
      const { pid, group, closed, log } = started;
      process.kill(to === 'npm alone' ? pid : group, signal);
      expect(await closed).toEqual([0, null]);
      expect(log()).toContain('"msg":"stopped"');
      expect(() => process.kill(group, 0)).toThrow('ESRCH');
    },
  );
});

test('./comapi-webhook reports a missing --env-file itself, and exits with 2', () => {
  const args = ['find', 'm-1', '--env-file', '/nowhere/night.env'];
  const { status, stderr } = spawnSync(join(project, 'comapi-webhook'), args, { encoding: 'utf8' });
  expect([status, stderr]).toEqual([
    2,
    expect.stringMatching(/^error: --env-file: the file \/nowhere\/night\.env cannot be read: ENOENT/),
  ]);
});

test('./comapi-webhook takes the Node of "npm ci" before the one of the host, also from elsewhere and by a link', () => {
  const directory = temporaryDirectory();
  const link = join(directory, 'linked');
  symlinkSync(join(project, 'comapi-webhook'), link);
  writeFileSync(join(directory, 'node'), '#!/bin/sh\necho the Node of the host\n');
  chmodSync(join(directory, 'node'), 0o755);
  const env = { PATH: `${directory}:/usr/bin:/bin` };
  const printed = execFileSync(link, ['--version'], { cwd: directory, env, encoding: 'utf8' });
  expect(printed).toMatch(/^\d+\.\d+\.\d+/);
});
