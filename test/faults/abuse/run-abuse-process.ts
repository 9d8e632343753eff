import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { guardProcess } from '../../support/guard-process.ts';

/** A process of its own for each abuse, so that its pressure does not slow the sender that is judged. */
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
