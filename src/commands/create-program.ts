import { parseEnv } from 'node:util';
import { Command, type CommanderError, Option } from 'commander';
import { UsageError } from '../runtime/errors.ts';
import { exitCodes } from '../runtime/run-process.ts';
import { findNearest } from '../runtime/similar-names.ts';
import { buildVersion } from '../runtime/version.ts';
import { type CommandIo, writeText } from './command-io.ts';
import { readInputFile } from './read-secret.ts';

/** Maps command names to module loaders, in the order in which the help lists the commands. */
const commandLoaders: ReadonlyMap<string, () => Promise<(io: CommandIo) => Command>> = new Map([
  ['receive', async () => (await import('./receive-command.ts')).createReceiveCommand],
  ['filter', async () => (await import('./filter-command.ts')).createFilterCommand],
  ['send', async () => (await import('./send-command.ts')).createSendCommand],
  ['simulate', async () => (await import('./simulate-command.ts')).createSimulateCommand],
  ['verify', async () => (await import('./verify-command.ts')).createVerifyCommand],
  ['register', async () => (await import('./register-command.ts')).createRegisterCommand],
  ['tail', async () => (await import('./tail-command.ts')).createTailCommand],
  ['find', async () => (await import('./find-command.ts')).createFindCommand],
  ['replay', async () => (await import('./replay-command.ts')).createReplayCommand],
  ['forget', async () => (await import('./forget-command.ts')).createForgetCommand],
  ['reconcile', async () => (await import('./reconcile-command.ts')).createReconcileCommand],
  ['topics', async () => (await import('./topics-command.ts')).createTopicsCommand],
  ['status', async () => (await import('./status-command.ts')).createStatusCommand],
  ['check', async () => (await import('./check-command.ts')).createCheckCommand],
]);

/**
 * Creates the command line. If a command name is given, only that command is added and no modules of other commands
 * are loaded.
 */
export async function createProgram(io: CommandIo, name = ''): Promise<Command> {
  const program = new Command('comapi-webhook')
    .description(
      'Receives signed Dotdigital CPaaS (Comapi) webhooks, and stores every event before it responds.',
    )
    .version(buildVersion);
  // The variables of --env-file are added to this copy once the command line is parsed.
  const env = { ...io.env };
  const matchingLoader = commandLoaders.get(name);
  for (const loadCommand of matchingLoader === undefined ? commandLoaders.values() : [matchingLoader]) {
    const createCommand = await loadCommand();
    program.addCommand(createCommand({ ...io, env }).addOption(createEnvFileOption()));
  }
  program.hook('preAction', (_, command) => addFileVariables(env, command.opts<EnvFileFlags>()));
  if (matchingLoader === undefined) {
    program.addCommand(createHelpCommand(program, io));
  }
  // `createHelpCommand` replaces Commander's help command, which exits with the same code as a missing command.
  program.helpCommand(false);
  for (const command of [program, ...program.commands]) {
    command.configureOutput({
      writeOut: (text) => writeText(io.stdout, text),
      writeErr: (text) => writeText(io.stderr, text),
    });
    command.showHelpAfterError('(use --help to see all commands and options)');
    command.exitOverride((error: CommanderError) => {
      io.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.noAnswer);
      throw error;
    });
  }
  return program;
}

function createHelpCommand(program: Command, io: CommandIo): Command {
  return new Command('help')
    .description('print the help of a command')
    .argument('[command]', 'name of the command')
    .action((name: string | undefined) => {
      const command = program.commands.find((each) => each.name() === name);
      if (name !== undefined && command === undefined) {
        const nearest = findNearest(name, [...commandLoaders.keys()]);
        const hint =
          nearest === undefined ? 'To list all commands, use --help.' : `Did you mean "${nearest}"?`;
        throw new UsageError(`unknown command "${name}". ${hint}`);
      }
      (command ?? program).outputHelp();
      io.exit(exitCodes.done);
    });
}

interface EnvFileFlags {
  readonly envFile?: string;
}

function createEnvFileOption(): Option {
  return new Option(
    '--env-file <file>',
    'read environment variables from this file, one NAME=VALUE per line; variables that are already set take precedence',
  ).helpGroup('Options:');
}

function addFileVariables(env: Record<string, string | undefined>, { envFile }: EnvFileFlags): void {
  if (envFile !== undefined) {
    const fileVariables = parseEnv(readInputFile('--env-file', envFile));
    for (const [name, value] of Object.entries(fileVariables)) {
      env[name] ??= value;
    }
  }
}
