import { Writable } from 'node:stream';
import { createProgram } from '../../src/commands/create-program.ts';
import { toExit } from '../../src/runtime/run-process.ts';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

class Exit extends Error {}

/** Runs the command line as the process entry does, in this process: `exit` ends it there and then. */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  let code: number | undefined;
  const io = {
    env,
    stdout: collector(stdout),
    stderr: collector(stderr),
    signals: { on: () => {} },
    exit(given: number) {
      code ??= given;
      throw new Exit();
    },
  };
  try {
    const program = await createProgram(io, args[0]);
    await program.parseAsync(['node', 'comapi-webhook', ...args]);
  } catch (error) {
    if (!(error instanceof Exit)) {
      const exit = toExit(error);
      stderr.push(`${exit.text}\n`);
      code ??= exit.code;
    }
  }
  if (code === undefined) {
    throw new Error('The command neither exited nor failed');
  }
  return { code, stdout: stdout.join(''), stderr: stderr.join('') };
}

function collector(chunks: string[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
}
