import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { guardProcess } from '../support/guard-process.ts';
import { buildGoProgram } from '../support/tools/go-programs.ts';

export interface ForeignBrokers {
  readonly bootstrap: string;
  /** As `kfake/main.go` describes it. */
  tell(command: string): Promise<void>;
}

const source = new URL('kfake', import.meta.url).pathname;

/** For `beforeAll`: the first test would spend its own time on it. */
export function buildKfake(): Promise<string> {
  return buildGoProgram('kfake', source);
}

/** Three brokers of franz-go's kfake, without any topic; they end with the test. */
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
