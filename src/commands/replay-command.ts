import { Command, InvalidArgumentError } from 'commander';
import { loadCommandConfig } from '../config/command-config.ts';
import { UsageError } from '../runtime/errors.ts';
import { createStopSignal } from '../runtime/run-process.ts';
import { deadLetterReasons } from '../webhook/to-record.ts';
import { type CommandIo, writeText } from './command-io.ts';
import { describeUnknownWebhook, listWebhookNames, loadAndWarn } from './load-config.ts';
import { collect, parseStart, parseTime, requireBefore } from './option-parsers.ts';
import { type DeadLetterReplayFlags, replayDeadLetters } from './replay-dead-letters.ts';

export function createReplayCommand(io: CommandIo): Command {
  return new Command('replay')
    .description('put dead letters back, split and keyed as by the receiver')
    .option('--reason <reason>', 'only dead letters with this reason; may be repeated', collectReason)
    .option('--webhook <name>', 'only those of this registration; may be repeated', collect)
    .option(
      '--since <time>',
      'only those received at or after this time (ISO 8601, UTC without a zone, or 2h ago as 2h)',
      parseStart,
    )
    .option('--until <time>', 'only those received before this time', parseTime)
    .option('--group <id>', 'consumer group that remembers what was put back', 'comapi-webhook-replay')
    .option('--dry-run', 'show what would go where; put nothing back')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Reads the dead letters of the store that the receiver's variables name: a topic of Kafka, a queue of RabbitMQ, a stream
of Redis, or the journal. Dead letters that fail again or are not selected stay. Later runs leave out what was put
back. Each record that goes back has the header "replayed-from".

Examples:
  comapi-webhook replay --dry-run
  comapi-webhook replay --reason no_key --since 2026-11-01
  comapi-webhook replay --since 2026-11-01T08:00:01 --until 2026-11-01T08:00:02`,
    )
    .action(async (flags: DeadLetterReplayFlags) => {
      const config = loadAndWarn(io, loadCommandConfig);
      requireBefore('--since', flags.since, '--until', flags.until);
      const known = listWebhookNames(config);
      for (const name of flags.webhook?.filter((each) => !known.includes(each)) ?? []) {
        throw new UsageError(describeUnknownWebhook(name, known));
      }
      const stop = createStopSignal({
        ...io,
        onStop: () =>
          io.stderr.write('\nStopping when what is under way is put back. Another signal ends it at once.\n'),
      });
      const { text, code } = await replayDeadLetters(flags, config, { ...io, stop });
      writeText(io.stdout, text);
      io.exit(code);
    });
}

function collectReason(text: string, earlier: readonly string[] | undefined): readonly string[] {
  if (!deadLetterReasons.some((reason) => reason === text)) {
    throw new InvalidArgumentError(`Give one of ${deadLetterReasons.join(', ')}.`);
  }
  return collect(text, earlier);
}
