import { createProgram } from './commands/create-program.ts';
import { hasCode } from './runtime/errors.ts';
import { exitCodes, toExitResult } from './runtime/run-process.ts';
import { toPrintable } from './runtime/untrusted-text.ts';

let outputError: Error | undefined;
process.stdout.on('error', (error) => {
  outputError = error;
});

/**
 * Ends the process, and reports an error if standard output could not be written. Write errors are known only after the
 * command has ended, so they are checked here. EPIPE is not an error, because a reader such as `head` closes the pipe
 * once it has enough output.
 */
function exit(code: number): never {
  const error = outputError ?? process.stdout.errored;
  if (error && !hasCode(error, 'EPIPE')) {
    process.stderr.write(`error: cannot write to standard output: ${error.message}\n`);
    process.exit(exitCodes.noAnswer);
  }
  process.exit(code);
}

const io = {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signals: process,
  exit,
};

// On an unresponsive file system, each file operation blocks one libuv thread. A process runs up to six of these
// operations at once: lease, append, probe, drain, removal, and setting a segment aside. With libuv's default of four
// threads, they would also block DNS lookups and all other file operations.
process.env.UV_THREADPOOL_SIZE ??= '12';

async function run(): Promise<void> {
  try {
    const program = await createProgram(io, process.argv[2]);
    await program.parseAsync(process.argv);
  } catch (error) {
    const { text, code } = toExitResult(error);
    process.stderr.write(`${toPrintable(text)}\n`);
    process.exit(code);
  }
}

// Default exit code, used if the event loop becomes empty before a command has called `exit`.
process.exitCode = exitCodes.noAnswer;
// The bundle is CommonJS, which does not support top-level await.
void run();
