import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePorts } from '../../support/free-ports.ts';
import { guardProcess } from '../../support/guard-process.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import { waitUntil } from '../../support/wait-until.ts';
import type { ProxyKind } from './proxy.ts';

/** Runs a proxy in front of a port until the test ends. @returns the port of the proxy, once it answers */
export async function startProxy(kind: ProxyKind, executable: string, upstreamPort: number): Promise<number> {
  const [port = 0] = await freePorts(1);
  const directory = temporaryDirectory();
  const { args, files } = kind.plan({ port, upstreamPort, directory });
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(directory, name), text);
  }
  const logFile = join(directory, 'output.log');
  const log = openSync(logFile, 'a');
  const child = spawn(executable, args, {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  guardProcess(child);
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  await waitUntil(
    async () => {
      if (child.exitCode !== null) {
        return true;
      }
      return (await fetch(`http://127.0.0.1:${port}/`)).ok;
    },
    { timeoutMs: 20_000, what: `${kind.name} answers` },
  );
  if (child.exitCode !== null) {
    throw new Error(
      `${kind.name} ended with ${child.exitCode}: ${readFileSync(logFile, 'utf8').slice(-2_000)}`,
    );
  }
  return port;
}
