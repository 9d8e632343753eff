import { createProgram } from './commands/create-program.ts';
import { toPrintable } from './runtime/foreign-text.ts';
import { exitCodes, toExit } from './runtime/run-process.ts';

const io = {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signals: process,
  exit: (code: number) => process.exit(code),
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
process.exitCode = exitCodes.failed;
// Not awaited here: the bundle is CommonJS.
void run();
