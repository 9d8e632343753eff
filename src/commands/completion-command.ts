import { Argument, Command } from 'commander';
import { exitCodes } from '../runtime/run-process.ts';
import { type CommandIo, writeText } from './command-io.ts';
import { formatCompletion, shells } from './completion-script.ts';

export function createCompletionCommand(program: Command, io: CommandIo): Command {
  return new Command('completion')
    .description('print a script by which a shell completes commands, options and their values')
    .addArgument(new Argument('<shell>', 'for which shell').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  source <(comapi-webhook completion bash)
  source <(comapi-webhook completion zsh)
  comapi-webhook completion fish > ~/.config/fish/completions/comapi-webhook.fish`,
    )
    .action((shell: (typeof shells)[number]) => {
      writeText(io.stdout, formatCompletion(shell, program));
      io.exit(exitCodes.done);
    });
}
