import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { guardProcess } from './guard-process.ts';

const project = new URL('../..', import.meta.url).pathname;

/** Replaces the modules in `plants` when Node loads them, also in child processes. */
const hook = `import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, nextLoad) {
    const plant = Object.entries(plants).find(([path]) => url.endsWith('/' + path));
    return plant === undefined
      ? nextLoad(url, context)
      : { format: 'module', source: plant[1], shortCircuit: true };
  },
});
`;

export interface EndedProgram {
  readonly code: number | null;
  readonly output: string;
}

/**
 * Runs a program of this project in which some modules are replaced, so that a known violation is planted. The rest of
 * the program is real. A test can thus check that the violation leads to the right exit code.
 *
 * @param plants JavaScript source of each replaced module, by its path in the project
 */
export async function runPlantedProgram(
  program: string,
  plants: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<EndedProgram> {
  const missing = [program, ...Object.keys(plants)].filter((path) => !existsSync(join(project, path)));
  if (missing.length > 0) {
    throw new Error(`These files do not exist: ${missing.join(', ')}`);
  }
  const source = encodeURIComponent(`const plants = ${JSON.stringify(plants)};\n${hook}`);
  const child = spawn(process.execPath, [join(project, program), ...args], {
    cwd: project,
    env: { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${source}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  guardProcess(child);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, output: `${stdout}${stderr}` };
}
