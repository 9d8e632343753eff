import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { guardProcess } from '../../support/guard-process.ts';

export interface MeasuredFilter {
  readonly pid: number;
  /** Sum of a metric's series. */
  metric(name: string): Promise<number>;
  /** What its partitions said when they were restored. */
  readonly restored: readonly Readonly<Record<string, unknown>>[];
  stop(): Promise<void>;
}

const entry = new URL('../../../src/comapi-webhook.mjs', import.meta.url).pathname;

/** The real process, alone on one core. */
export async function startMeasuredFilter(
  env: Readonly<Record<string, string>>,
  core: number,
): Promise<MeasuredFilter> {
  const child = spawn('taskset', ['-c', String(core), process.execPath, entry, 'filter'], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  guardProcess(child);
  const restored: Record<string, unknown>[] = [];
  const managementUrl = await readLog(child, restored);
  return {
    pid: child.pid ?? 0,
    restored,
    async metric(name) {
      const text = await (await fetch(`${managementUrl}/metrics`)).text();
      const lines = text
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Resolves with the URL of its management server. */
async function readLog(child: ChildProcess, restored: Record<string, unknown>[]): Promise<string> {
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('The filter ended')));
    // Read on for as long as it runs: a full pipe would stop it.
    lines.on('line', (line) => {
      const said = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {};
      if (typeof said.managementUrl === 'string') {
        resolve(said.managementUrl.replace('localhost', '127.0.0.1'));
      }
      if (said.msg === 'restored') {
        restored.push(said);
      }
      if (said.level === 'warn' || said.level === 'error') {
        process.stderr.write(`${line.slice(0, 300)}\n`);
      }
    });
  });
}
