import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { guardProcess } from '../support/guard-process.ts';
import { buildGoProgram } from '../support/tools/go-programs.ts';

export interface ForeignBrokers {
  readonly bootstrap: string;
  /** Runs a command that `kfake/main.go` describes. */
  tell(command: string): Promise<void>;
}

const source = new URL('kfake', import.meta.url).pathname;

/** Builds the program in `beforeAll`, so that the build does not count toward the time of the first test. */
export function buildKfake(): Promise<string> {
  return buildGoProgram('kfake', source);
}

/** Starts three brokers of franz-go's kfake without topics, until the test ends. */
export async function startKfake(): Promise<ForeignBrokers> {
  const child = spawn(await buildKfake(), { stdio: ['pipe', 'pipe', 'inherit'] });
  guardProcess(child);
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => String((await lines.next()).value);
  return {
    bootstrap: await nextLine(),
    async tell(command) {
      child.stdin.write(`${command}\n`);
      const answer = await nextLine();
      if (answer !== 'done') {
        throw new Error(`kfake: ${answer}`);
      }
    },
  };
}
