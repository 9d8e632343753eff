import { Writable } from 'node:stream';
import { createProgram } from '../../../src/commands/create-program.ts';
import type { Env } from '../../../src/runtime/config-error.ts';
import { toExitResult } from '../../../src/runtime/run-process.ts';
import type { World } from '../world/world.ts';

/** Prefix of the process names of commands. The name of the command follows the prefix. */
export const commandProcess = 'command-';

/** A running or finished command. */
export interface RanCommand {
  readonly args: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code. `undefined` while the command runs. */
  readonly code: number | undefined;
}

/**
 * Runs a command line as `cli.ts` does, in a separate simulated process.
 *
 * @param onExit called when the process ends
 */
export function runCommand(
  world: World,
  { args, env }: { readonly args: readonly string[]; readonly env: Env },
  onExit: (ran: RanCommand) => void = () => undefined,
): RanCommand {
  const ran = { args, stdout: '', stderr: '', code: undefined as number | undefined };
  const process = world.processes.start(`${commandProcess}${args[0]}`);
  const collect = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk, _encoding, done) {
        ran[name] += String(chunk);
        done();
      },
    });
  const exit = (code: number): void => {
    if (ran.code === undefined) {
      ran.code = code;
      world.note(process.name, `${args.join(' ')} exits with ${code}`);
      world.after(1, () => {
        process.end();
        onExit(ran);
      });
    }
  };
  void process.run(async () => {
    const io = { env, stdout: collect('stdout'), stderr: collect('stderr'), signals: { on() {} }, exit };
    try {
      await (await createProgram(io, args[0])).parseAsync(['node', 'comapi-webhook', ...args]);
    } catch (error) {
      const { text, code } = toExitResult(error);
      ran.stderr += `${text}\n`;
      exit(code);
    }
  });
  return ran;
}
