import { Command, type CommanderError } from 'commander';
import { exitCodes } from '../runtime/run-process.ts';
import { version } from '../runtime/version.ts';
import { createCanaryCommand } from './canary-command.ts';
import { createCheckCommand } from './check-command.ts';
import type { CommandIo } from './command-io.ts';
import { createFilterCommand } from './filter-command.ts';
import { createReceiveCommand } from './receive-command.ts';
import { createRegisterCommand } from './register-command.ts';
import { createReplayCommand } from './replay-command.ts';
import { createSendCommand } from './send-command.ts';
import { createTopicsCommand } from './topics-command.ts';

/** The whole command line. */
export function createProgram(io: CommandIo): Command {
  const program = new Command('comapi-webhook')
    .description(
      'Receives signed Dotdigital CPaaS (Comapi) webhooks and stores every event before it answers.',
    )
    .version(version);
  for (const command of [
    createReceiveCommand(io),
    createFilterCommand(io),
    createSendCommand(io),
    createCanaryCommand(io),
    createRegisterCommand(io),
    createReplayCommand(io),
    createTopicsCommand(io),
    createCheckCommand(io),
  ]) {
    program.addCommand(command);
  }
  for (const command of [program, ...program.commands]) {
    command.configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    });
    command.showHelpAfterError('(use --help to see what is possible)');
    command.exitOverride((error: CommanderError) => {
      io.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUse);
      throw error;
    });
  }
  return program;
}
