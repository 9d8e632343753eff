import { Argument, Command, type Option } from 'commander';
import { exitCodes } from '../runtime/run-process.ts';
import { type CommandIo, writeText } from './command-io.ts';

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

export const shells = ['bash', 'zsh', 'fish'] as const;

type Shell = (typeof shells)[number];

interface KnownOption {
  /** Such as `--since`. */
  readonly flag: string;
  readonly description: string;
  readonly value: 'none' | 'file' | 'word';
  readonly choices: readonly string[];
}

interface KnownCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly KnownOption[];
  /** What an argument of it may be; empty: anything. */
  readonly words: readonly string[];
}

/** A script that completes what the program's own definition has, for one shell. */
export function formatCompletion(shell: Shell, program: Command): string {
  const name = program.name();
  return formats[shell](
    name,
    `_${name.replaceAll('-', '_')}`,
    program.commands.map((command) => describeCommand(command, program)),
  );
}

const formats = { bash: formatBash, zsh: formatZsh, fish: formatFish };

function describeCommand(command: Command, program: Command): KnownCommand {
  const help = {
    flag: '--help',
    description: 'display help for command',
    value: 'none',
    choices: [],
  } as const;
  const names = program.commands.map((each) => each.name());
  return {
    name: command.name(),
    description: command.description(),
    options: [...command.options.map(describeOption), help],
    words:
      command.name() === 'help'
        ? names
        : command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  };
}

function describeOption({ long, description, flags, required, argChoices = [] }: Option): KnownOption {
  const isFile = /<(file|directory)>/.test(flags);
  return {
    flag: long ?? flags,
    description,
    value: isFile ? 'file' : required ? 'word' : 'none',
    choices: argChoices,
  };
}

function formatBash(program: string, own: string, commands: readonly KnownCommand[]): string {
  const complete = (words: readonly string[]) => `COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$word"))`;
  const files = 'compopt -o filenames 2> /dev/null; COMPREPLY=($(compgen -f -- "$word"))';
  // What follows an option that has a value: its choices, files, or nothing that is known.
  const values = commands.flatMap(({ name, options: all }) =>
    all
      .filter(({ value }) => value !== 'none')
      .map(
        ({ flag, value, choices }) =>
          `    '${name} ${flag}') ${value === 'file' ? files : complete(choices)}; return ;;`,
      ),
  );
  const options = commands.map(
    ({ name, options: all, words }) =>
      `    ${name}) ${complete([...words, ...all.map(({ flag }) => flag)])} ;;`,
  );
  return [
    `${own}() {`,
    `  local word=\${COMP_WORDS[COMP_CWORD]}`,
    '  COMPREPLY=()',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    ${complete([...commands.map(({ name }) => name), '--help', '--version'])}`,
    '    return',
    '  fi',
    `  case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD - 1]}" in`,
    ...values,
    '  esac',
    `  case \${COMP_WORDS[1]} in`,
    ...options,
    '  esac',
    '}',
    `complete -F ${own} ${program}`,
    '',
  ].join('\n');
}

/** zsh runs bash's functions of completion itself. */
function formatZsh(program: string, own: string, commands: readonly KnownCommand[]): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${formatBash(program, own, commands)}`;
}

function formatFish(program: string, _own: string, commands: readonly KnownCommand[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ name, description, options, words }) => [
    `complete -c ${program} -n __fish_use_subcommand -a ${name} -d ${quote(description)}`,
    ...(words.length === 0
      ? []
      : [`complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -a ${quote(words.join(' '))}`]),
    ...options.map(({ flag, description: text, value, choices }) => {
      const given = choices.length === 0 ? '' : ` -a ${quote(choices.join(' '))}`;
      const kind = { none: '', word: ` -x${given}`, file: ' -r -F' }[value];
      return `complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}${kind} -d ${quote(text)}`;
    }),
  ]);
  return [`complete -c ${program} -f`, ...lines, ''].join('\n');
}
