import { createProgram } from './commands/create-program.ts';
import { hasCode } from './runtime/errors.ts';
import { exitCodes, toExit } from './runtime/run-process.ts';
import { toPrintable } from './runtime/untrusted-text.ts';

let outputError: Error | undefined;
process.stdout.on('error', (error) => {
  outputError = error;
});

/** What could not be written is known when the process ends, and not a tick later. A reader that has gone had what it wanted. */
function exit(code: number): never {
  const error = outputError ?? process.stdout.errored;
  if (error && !hasCode(error, 'EPIPE')) {
    process.stderr.write(`error: standard output cannot be written: ${error.message}\n`);
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

// A directory that hangs keeps a thread of libuv with each call. One process has at most six of them at once (lease, append,
// probe, drain, removal, setting aside), and four threads, the default, are also those of names and of every other file.
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

// Every command says how it ended. One that waits for what never comes did not.
process.exitCode = exitCodes.noAnswer;
// Not awaited here: the bundle is CommonJS.
void run();
