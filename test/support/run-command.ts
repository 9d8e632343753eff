import { Writable } from 'node:stream';
import { createProgram } from '../../src/commands/create-program.ts';
import { toExitResult } from '../../src/runtime/run-process.ts';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  /** Standard error without progress lines. */
  readonly stderr: string;
}

/** A command that may run for a long time. */
export interface LaunchedCommand {
  /** Returns the output so far without progress lines. */
  stdout(): string;
  stderr(): string;
  /** Interrupts the command as Ctrl-C does. */
  interrupt(): void;
  readonly ended: Promise<CommandResult>;
}

class Exit extends Error {}

/**
 * Matches a progress line. A command writes one every ten seconds (`src/commands/progress.ts`), which can happen on a
 * busy machine.
 */
const progressLine = /^(?:[█░]+ \d+ %|\d+ \w+(?: \d+ \w+)?) \d.*\/s.*\n/gm;

function withoutProgress(stderr: string): string {
  return stderr.replace(progressLine, '');
}

/**
 * Runs a command in this process, in the same manner as the program's entry file. A call of `exit` ends the command
 * immediately.
 */
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
        const exit = toExitResult(error);
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
      // A second interrupt ends a running command immediately. A command that has already ended receives no interrupt.
      for (const listener of code === undefined ? interrupts : []) {
        listener('SIGINT');
      }
    },
    ended: run(),
  };
}

/** Parses the output that a command prints with `--json`. */
export function readJson({ stdout, stderr }: CommandResult) {
  if (stdout === '') {
    throw new Error(stderr);
  }
  return JSON.parse(stdout);
}

/** Like `launchCommand`, but resolves when the command has ended. */
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
