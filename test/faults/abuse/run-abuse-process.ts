import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { guardProcess } from '../../support/guard-process.ts';

/** Runs an attack in a separate process, so that it does not slow down the honest sender, whose requests are measured. */
export async function runAbuseProcess<Report>(file: URL, spec: object): Promise<Report> {
  const child = spawn(process.execPath, [file.pathname, JSON.stringify(spec)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  guardProcess(child);
  const exited = once(child, 'exit');
  const said = await text(child.stdout);
  await exited;
  return JSON.parse(said) as Report;
}
