import { Writable } from 'node:stream';
import { createProgram } from '../../src/commands/create-program.ts';
import { toExit } from '../../src/runtime/run-process.ts';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  /** Without its progress. */
  readonly stderr: string;
}

/** A command that may run for long. */
export interface LaunchedCommand {
  /** What it printed so far, without its progress. */
  stdout(): string;
  stderr(): string;
  /** As Ctrl-C does. */
  interrupt(): void;
  readonly ended: Promise<CommandResult>;
}

class Exit extends Error {}

/** What a command writes every ten seconds (`src/commands/progress.ts`), as any one does on a busy machine. */
const progressLine = /^(?:[█░]+ \d+ %|\d+ \w+(?: \d+ \w+)?) \d.*\/s.*\n/gm;

function withoutProgress(stderr: string): string {
  return stderr.replace(progressLine, '');
}

/** Runs the command line as the process entry does, in this process: `exit` ends it there and then. */
export function launchCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  terminal: { readonly isTTY: boolean } = { isTTY: false },
): LaunchedCommand {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const interrupts: ((signal: string) => void)[] = [];
  let code: number | undefined;
  const io = {
    env,
    stdout: Object.assign(collector(stdout), terminal),
    stderr: collector(stderr),
    signals: {
      on(signal: string, listener: (signal: string) => void) {
        if (signal === 'SIGINT') {
          interrupts.push(listener);
        }
      },
    },
    exit(given: number) {
      code ??= given;
      throw new Exit();
    },
  };

  async function run(): Promise<CommandResult> {
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
    return { code, stdout: stdout.join(''), stderr: withoutProgress(stderr.join('')) };
  }

  return {
    stdout: () => stdout.join(''),
    stderr: () => withoutProgress(stderr.join('')),
    interrupt() {
      // A second one ends what still runs at once; a process that has ended hears none.
      for (const listener of code === undefined ? interrupts : []) {
        listener('SIGINT');
      }
    },
    ended: run(),
  };
}

/** What it printed with `--json`. */
export function readJson({ stdout, stderr }: CommandResult) {
  if (stdout === '') {
    throw new Error(stderr);
  }
  return JSON.parse(stdout);
}

/** The same until it has ended. */
export function runCommand(...call: Parameters<typeof launchCommand>): Promise<CommandResult> {
  return launchCommand(...call).ended;
}

function collector(chunks: string[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
}
