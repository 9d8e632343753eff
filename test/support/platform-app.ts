import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Env } from '../../src/runtime/config-error.ts';
import { freePorts } from './free-ports.ts';
import { delivery } from './http-text.ts';
import { sendRaw } from './raw-request.ts';
import { startByNpm, whenLogged } from './start-by-npm.ts';
import { testSecret } from './test-receiver.ts';

const project = new URL('../..', import.meta.url).pathname;

/** The Node that runs this test stands for the platform's own. The commands of this project's packages are not there. */
const platformPath = [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)]
  .filter((directory) => !directory.endsWith('node_modules/.bin'))
  .join(delimiter);

/** A copy of the program, installed without packages for development and optional ones. @returns its directory */
export function installPlatformApp(): string {
  const app = mkdtempSync(join(tmpdir(), 'platform-'));
  for (const name of ['package.json', 'package-lock.json', '.npmrc', 'comapi-webhook', 'src']) {
    cpSync(join(project, name), join(app, name), { recursive: true });
  }
  // npm tells its scripts in which project it runs. What it tells of registry, cache and network counts here too.
  const { npm_config_local_prefix: _prefix, NODE_ENV: _mode, ...env } = process.env;
  const install = ['ci', '--omit=dev', '--omit=optional', '--prefer-offline', '--no-audit', '--no-fund'];
  execFileSync('npm', install, { cwd: app, env, stdio: 'pipe', timeout: 240_000 });
  return app;
}

/** What a platform sets by itself. On a machine with other processes the second port must be a free one, too. */
export async function toPlatformEnv(app: string) {
  const [port = 0] = await freePorts(1);
  return {
    url: `http://127.0.0.1:${port}`,
    env: { PATH: platformPath, HOME: app, NODE_ENV: 'production', PORT: String(port), MANAGEMENT_PORT: '0' },
  };
}

export interface PlatformRun {
  readonly app: string;
  /** The store, as the platform names it. */
  readonly store: Env;
  readonly signalTo: 'the process group' | 'npm alone';
}

/** Starts the app, and sends to it until SIGTERM has ended it in time. @returns the events that were answered with 200 */
export async function runUntilSigterm({ app, store, signalTo }: PlatformRun): Promise<readonly string[]> {
  const { url, env } = await toPlatformEnv(app);
  const started = await startByNpm(app, { ...env, WEBHOOK_SECRET: testSecret, ...store });
  await whenLogged(started, '"msg":"listening"');

  const acknowledged: string[] = [];
  const stopping = new AbortController();
  const names = Array.from({ length: 4 }, (_, n) => `${signalTo} ${n}`);
  const senders = names.map((name) => send({ url, name, acknowledged, stopping: stopping.signal }));
  await expect.poll(() => acknowledged.length).toBeGreaterThan(50);
  const signaledAt = performance.now();
  stopping.abort();
  process.kill(signalTo === 'npm alone' ? started.pid : started.group, 'SIGTERM');
  expect(await started.closed).toEqual([0, null]);
  expect(performance.now() - signaledAt).toBeLessThan(30_000);
  expect(started.log()).toContain('"msg":"stopped"');
  expect(() => process.kill(started.group, 0)).toThrow('ESRCH');
  await Promise.all(senders);
  return acknowledged;
}

interface Sending {
  readonly url: string;
  readonly name: string;
  readonly acknowledged: string[];
  readonly stopping: AbortSignal;
}

/** One event after the other, from the moment the port is open until there is no answer because the port is closed. */
async function send({ url, name, acknowledged, stopping }: Sending): Promise<void> {
  for (let n = 0; ; n += 1) {
    const event = `{"eventId":"${name} ${n}","payload":{"messageId":"${n % 7}"}}`;
    const { status } = await sendRaw(url, delivery(event));
    if (status === 200) {
      acknowledged.push(event);
    } else if (status === undefined) {
      expect(stopping.aborted).toBe(true);
      return;
    } else {
      expect(status).toBe(503);
    }
    await delay(10);
  }
}
