import { createProgram } from './commands/create-program.ts';
import { toExit } from './runtime/run-process.ts';
import { tuneEngine } from './runtime/tune-engine.ts';

tuneEngine();

const program = createProgram({
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signals: process,
  exit: (code) => process.exit(code),
});

try {
  await program.parseAsync(process.argv);
} catch (error) {
  const { text, code } = toExit(error);
  process.stderr.write(`${text}\n`);
  process.exit(code);
}
