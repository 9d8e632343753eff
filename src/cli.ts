import { createProgram } from './commands/create-program.ts';
import { hasCode } from './runtime/errors.ts';
import { exitCodes, toExit } from './runtime/run-process.ts';
import { toPrintable } from './runtime/untrusted-text.ts';

let outputError: Error | undefined;
process.stdout.on('error', (error) => {
  outputError = error;
});

/**
 * Ends the process, with an error if standard output could not be written. Write errors are known only now, so they are checked
 * here. EPIPE is not an error: the reader, such as `head`, has what it wanted.
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

// Each file call on a directory that hangs blocks one libuv thread. A process has at most six such calls at once (lease, append,
// probe, drain, removal, setting a segment aside). The default of four threads would also block DNS and all other files.
process.env.UV_THREADPOOL_SIZE ??= '12';

async function run(): Promise<void> {
  try {
    const program = await createProgram(io, process.argv[2]);
    await program.parseAsync(process.argv);
  } catch (error) {
    const { text, code } = toExit(error);
    process.stderr.write(`${toPrintable(text)}\n`);
    process.exit(code);
  }
}

// The exit code if the event loop runs empty before a command has called `exit`, for example because it waits for nothing.
process.exitCode = exitCodes.noAnswer;
// The bundle is CommonJS, which has no top-level await.
void run();
