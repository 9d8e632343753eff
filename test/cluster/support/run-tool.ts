import { spawn } from 'node:child_process';

/** Runs kubectl or helm. @returns its standard output */
export function runTool(tool: string, args: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) {
        resolve(stdout);
      } else {
        reject(new Error(`${tool} ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`));
      }
    });
    child.stdin.end(input);
  });
}
