import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs a line of shell. It is in a process group of its own: Ctrl-C is for the drill, which then ends what it has planted.
 *
 * @returns what it wrote to standard output
 * @throws {Error} with what it wrote, when it ends with another code than 0 or takes longer than `timeoutMs`
 */
export async function runShell(line: string, timeoutMs: number): Promise<string> {
  const child = spawn('/bin/sh', ['-c', line], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), timeoutMs);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    if (code !== 0) {
      const said = (stderr || stdout).trim();
      throw new Error(`"${line}" ended with ${code ?? signal}${said === '' ? '' : `: ${said}`}`);
    }
    return stdout;
  } finally {
    clearTimeout(timer);
  }
}
