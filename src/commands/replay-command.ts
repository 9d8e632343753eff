import { Command, InvalidArgumentError } from 'commander';
import { loadCommandConfig } from '../config/command-config.ts';
import { defaultReplayGroup } from '../ports/dead-letter.ts';
import { UsageError } from '../runtime/errors.ts';
import { createStopSignal } from '../runtime/run-process.ts';
import { deadLetterReasons } from '../webhook/to-record.ts';
import { type CommandIo, writeText } from './command-io.ts';
import { describeUnknownWebhook, listWebhookNames, loadAndWarn } from './load-config.ts';
import { collectValues, parseStart, parseTime, requireBefore } from './option-parsers.ts';
import { type DeadLetterReplayFlags, replayDeadLetters } from './replay-dead-letters.ts';

export function createReplayCommand(io: CommandIo): Command {
  return new Command('replay')
    .description('replay dead letters: process them again as the receiver does, and store their events')
    .option('--reason <reason>', 'replay only dead letters with this reason; may be repeated', collectReason)
    .option(
      '--webhook <name>',
      'replay only dead letters of this registration; may be repeated',
      collectValues,
    )
    .option(
      '--since <time>',
      'replay only dead letters received since this time (ISO 8601, UTC by default, or 2h for two hours ago)',
      parseStart,
    )
    .option('--until <time>', 'replay only dead letters received before this time', parseTime)
    .option('--group <id>', 'name under which Kafka and Redis record what was replayed', defaultReplayGroup)
    .option('--dry-run', 'print what would be replayed, without replaying it')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Reads the dead letters of the configured store: a Kafka topic, a RabbitMQ queue, a Redis stream, or the journal. Dead letters
that fail again or are not selected stay in the store. Later runs skip those that were replayed. Each replayed record has the
header "replayed-from".

Examples:
  comapi-webhook replay --dry-run
  comapi-webhook replay --reason no_key --since 2026-11-01
  comapi-webhook replay --since 2026-11-01T08:00:01 --until 2026-11-01T08:00:02`,
    )
    .action(async (flags: DeadLetterReplayFlags) => {
      const config = loadAndWarn(io, loadCommandConfig);
      requireBefore('--since', flags.since, '--until', flags.until);
      const webhookNames = listWebhookNames(config);
      for (const name of flags.webhook?.filter((each) => !webhookNames.includes(each)) ?? []) {
        throw new UsageError(describeUnknownWebhook(name, webhookNames));
      }
      const stop = createStopSignal({
        ...io,
        onStop: () =>
          io.stderr.write('\nStopping after the current batch. Send another signal to exit immediately.\n'),
      });
      const { text, code } = await replayDeadLetters(flags, config, { ...io, stop });
      writeText(io.stdout, text);
      io.exit(code);
    });
}

function collectReason(text: string, earlier: readonly string[] | undefined): readonly string[] {
  if (!deadLetterReasons.some((reason) => reason === text)) {
    throw new InvalidArgumentError(`Give one of these reasons: ${deadLetterReasons.join(', ')}.`);
  }
  return collectValues(text, earlier);
}
