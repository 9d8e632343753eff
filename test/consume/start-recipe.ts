import { spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';

export type Recipe = ReturnType<typeof startRecipe>;

/** Runs the command of a recipe without the test's environment variables, until the test ends. */
export function startRecipe(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd?: string,
) {
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd && { cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  /** Complete lines of standard output. */
  const lines = () => stdout.split('\n').slice(0, -1);
  return { child, lines, stderr: () => stderr };
}
