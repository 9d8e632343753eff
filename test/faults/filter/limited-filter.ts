import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { guardProcess } from '../../support/guard-process.ts';
import { createMemoryLimit } from '../../support/memory-limit.ts';
import { peakMib } from '../../support/process-counters.ts';

const entry = new URL('../../../src/comapi-webhook.mjs', import.meta.url).pathname;

export type LimitedFilter = Awaited<ReturnType<typeof startLimitedFilter>>;

/** Starts the filter as the container image does, with a memory limit. */
export async function startLimitedFilter(env: Readonly<Record<string, string>>, memoryMib: number) {
  const command = [process.execPath, '--max-semi-space-size=16', entry, 'filter'];
  const [program = '', ...args] = [...createMemoryLimit(memoryMib), ...command];
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  guardProcess(child);
  const url = await readManagementUrl(child);

  function checkRunning(): void {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the filter has ended: ${child.signalCode ?? child.exitCode}`);
    }
  }

  return {
    /** Returns the sum of all series of a metric. @throws if the process has ended */
    async metric(name: string) {
      checkRunning();
      const text = await fetch(`${url}/metrics`).then(
        (answer) => answer.text(),
        async (error: unknown) => {
          // If the kernel killed the process, its exit is reported a little later.
          await delay(500);
          checkRunning();
          throw error;
        },
      );
      const lines = text
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    /** Highest memory use of the process so far, in bytes. */
    peakMib: () => peakMib(child.pid ?? 0),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        await exited;
      }
    },
  };
}

function readManagementUrl(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) =>
      reject(new Error(`the filter ended at its start: ${signal ?? code}`)),
    );
    lines.on('line', (line) => {
      const said = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {};
      if (typeof said.managementUrl === 'string') {
        resolve(said.managementUrl.replace('localhost', '127.0.0.1'));
      }
    });
  });
}
