import { Command, InvalidArgumentError, Option } from 'commander';
import { loadCommandConfig } from '../config/command-config.ts';
import { UsageError } from '../runtime/errors.ts';
import { createStopSignal } from '../runtime/run-process.ts';
import { deadLetterReasons } from '../webhook/to-record.ts';
import { yesOption } from './ask-first.ts';
import { type CommandIo, writeText } from './command-io.ts';
import { describeUnknownWebhook, listWebhookNames } from './known-webhooks.ts';
import { loadAndWarn } from './load-config.ts';
import {
  collect,
  createIntegerParser,
  keepText,
  parsePositiveNumber,
  parseStart,
  parseTime,
  requireBefore,
} from './option-parsers.ts';
import { type DeadLetterReplayFlags, replayDeadLetters } from './replay-dead-letters.ts';
import { type EventReplayFlags, replayEvents } from './replay-events.ts';

type ReplayFlags = DeadLetterReplayFlags & EventReplayFlags & { readonly from: 'dead-letters' | 'events' };

export function createReplayCommand(io: CommandIo): Command {
  return new Command('replay')
    .description('put dead letters back, split and keyed as by the receiver, or stored events')
    .addOption(
      new Option('--from <what>', 'what to put back')
        .choices(['dead-letters', 'events'])
        .default('dead-letters'),
    )
    .option('--reason <reason>', 'only dead letters with this reason; may be repeated', collectReason)
    .option('--webhook <name>', 'only those of this registration; may be repeated', collect)
    .option(
      '--since <time>',
      'only those received (events: stored) at or after this time (ISO 8601, UTC without a zone, or 2h ago as 2h)',
      keepText(parseStart),
    )
    .option('--until <time>', 'only those received (events: stored) before this time', keepText(parseTime))
    .option('--name <name>', 'only events of this name, or family.*; may be repeated', collect)
    .option('--key <key>', 'only events of this key')
    .option('--to-topic <topic>', 'put events into this topic, queue or stream instead of their own')
    .option('--rate <n>', 'so many events per second', parsePositiveNumber)
    .option('--restart', 'forget a replay of events that was stopped')
    .option('--topic <name>', 'only this dead-letter topic')
    .option('--partition <n>', 'only this partition of the topic', createIntegerParser(0, 1e6))
    .option(
      '--offset <n>',
      'only this record of the partition, even when it was put back before',
      createIntegerParser(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--group <id>', 'consumer group that remembers what was put back', 'comapi-webhook-replay')
    .option(...yesOption)
    .option('--dry-run', 'show what would go where; put nothing back')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Reads the dead letters of the store that the receiver's variables name: a topic of Kafka, a queue of RabbitMQ, a stream
of Redis, or the journal. Dead letters that fail again or are not selected stay. Later runs leave out what was put
back. Each record that goes back has the header "replayed-from".

With --from events stored events are put back as they are, up to the end that the store has when it begins, with the
header "repeated-from". A run that was stopped goes on with the same options.

Examples:
  comapi-webhook replay --dry-run
  comapi-webhook replay --reason no_key --since 2026-11-01
  comapi-webhook replay --partition 2 --offset 1017
  comapi-webhook replay --from events --since 2026-11-27 --name 'message.*' --to-topic comapi.again --dry-run`,
    )
    .action(async (flags: ReplayFlags) => {
      const config = loadAndWarn(io, loadCommandConfig);
      checkUse(flags);
      const stop = createStopSignal({
        ...io,
        onStop: () =>
          io.stderr.write('\nStopping when what is under way is put back. Another signal ends it at once.\n'),
      });
      const stoppable = { ...io, stop };
      const { text, code, unknownWebhooks } =
        flags.from === 'events'
          ? { ...(await replayEvents(flags, config, stoppable)), unknownWebhooks: [] }
          : await replayDeadLetters(flags, config, stoppable);
      writeText(io.stdout, text);
      const [unknown] = unknownWebhooks;
      if (unknown !== undefined) {
        const why = describeUnknownWebhook(unknown, listWebhookNames(config));
        throw new UsageError(`${why} (no dead letter that was read has that name)`);
      }
      io.exit(code);
    });
}

const eventOptions = ['name', 'key', 'toTopic', 'rate', 'restart'] as const;
const deadLetterOptions = ['reason', 'topic', 'partition', 'offset'] as const;

function checkUse(flags: ReplayFlags): void {
  const { from, since, until, partition, offset } = flags;
  requireBefore('--since', since?.epochMs, '--until', until?.epochMs);
  const others = from === 'events' ? deadLetterOptions : eventOptions;
  const other = others.find((option) => flags[option] !== undefined);
  if (other !== undefined) {
    const option = other === 'toTopic' ? '--to-topic' : `--${other}`;
    throw new UsageError(
      from === 'events' ? `${option} is for dead letters: leave it out` : `${option} needs --from events`,
    );
  }
  if (offset !== undefined && partition === undefined) {
    throw new UsageError('--offset needs --partition');
  }
}

function collectReason(text: string, earlier: readonly string[] | undefined): readonly string[] {
  if (!deadLetterReasons.some((reason) => reason === text)) {
    throw new InvalidArgumentError(`Give one of ${deadLetterReasons.join(', ')}.`);
  }
  return collect(text, earlier);
}
