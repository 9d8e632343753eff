import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyMutant, type Mutant } from './mutant.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const needed = [
  'src',
  'test',
  'charts',
  'docs',
  'README.md',
  'package.json',
  'tsconfig.json',
  '.oxlintrc.json',
];

export interface Ended {
  /** Exit code of the command. `undefined` if the command was killed at the time limit. */
  readonly code: number | null | undefined;
  readonly output: string;
}

/** A copy of the project in which the code can be changed. */
export class Workplace {
  readonly directory = mkdtempSync(join(tmpdir(), 'mutants-'));

  constructor() {
    for (const path of needed) {
      cpSync(join(project, path), join(this.directory, path), { recursive: true });
    }
    symlinkSync(join(project, 'node_modules'), join(this.directory, 'node_modules'));
  }

  get source(): string {
    return join(this.directory, 'src');
  }

  /** Changes a file. @returns a function that reverts the change */
  apply(mutant: Mutant): () => void {
    const path = join(this.source, mutant.file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, applyMutant(text, mutant));
    return () => writeFileSync(path, text);
  }

  /**
   * Runs a command from `node_modules/.bin` with the project's Node. When the command ends, child processes that are
   * still running are killed.
   */
  async run(command: string, args: readonly string[], limitMs: number): Promise<Ended> {
    const child = spawn(join(project, 'node_modules/.bin', command), args, {
      cwd: this.directory,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PATH: `${join(project, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
        CI: 'true',
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const endGroup = () => {
      try {
        process.kill(-(child.pid as number), 'SIGKILL');
      } catch {
        // All processes of the group have already ended.
      }
    };
    let isOver = false;
    const timer = setTimeout(() => {
      isOver = true;
      endGroup();
    }, limitMs);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
      child.once('exit', endGroup);
    });
    clearTimeout(timer);
    return { code: isOver ? undefined : code, output };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}
