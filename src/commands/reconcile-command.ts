import { Command } from 'commander';
import { loadProviderApiConfig } from '../config/provider-api-config.ts';
import { systemClock } from '../runtime/clock.ts';
import { UsageError } from '../runtime/errors.ts';
import { createStopSignal, exitCodes } from '../runtime/run-process.ts';
import { toPrintable } from '../runtime/untrusted-text.ts';
import type { CountedName } from '../tools/provider/messages/message-schemas.ts';
import { usualNames } from '../tools/reconcile/count-grid.ts';
import { type CommandIo, watchOutput } from './command-io.ts';
import {
  parseDurationMs,
  parsePositiveNumber,
  parseStart,
  parseTime,
  requireBefore,
} from './option-parsers.ts';
import { parseCountedNames, reconcileCountsPart } from './reconcile-counts-part.ts';
import { type MessagesFlags, reconcileMessagesPart } from './reconcile-messages-part.ts';
import { type ReconcileContext, type ReconcilePart, runParts } from './reconcile-parts.ts';

interface ReconcileFlags extends Omit<MessagesFlags, 'olderThan'>, Partial<Pick<MessagesFlags, 'olderThan'>> {
  readonly counts?: true | readonly CountedName[];
  readonly since?: number;
  readonly until?: number;
  readonly messages?: boolean;
  readonly json?: boolean;
}

/** Heading in the help of what means nothing without `--messages`. */
const messagesGroup = 'Messages:';

const usualSince = '7d';
const usualAge = '25h';

export function createReconcileCommand(io: CommandIo): Command {
  const command = new Command('reconcile')
    .description("compare what is stored with what the provider's API says: is anything missing?")
    .option(
      '--since <time>',
      `look at what was stored, or for counts has occurred, since then (ISO 8601, UTC without a zone, or 2h for two hours ago; default ${usualSince})`,
      parseStart,
    )
    .option('--until <time>', 'and before this time (default: now)', parseTime)
    .option('--json', 'print the result as JSON')
    .option(
      '--counts [names]',
      'compare the counts of each hour, of these events alone (default: all but message.sentRequest); also done when no other part is named',
      parseCountedNames,
    );
  return command
    .optionsGroup(messagesGroup)
    .option('--messages', 'ask for each message whose last stored state is not final')
    .option(
      '--older-than <duration>',
      `only when that state was stored longer ago than this (default ${usualAge})`,
      parseDurationMs,
    )
    .option('--write', 'store missing states on a topic of their own')
    .option('--rate <calls>', 'calls per second at most', parsePositiveNumber, 20)
    .addHelpText('after', helpText)
    .action(async (flags: ReconcileFlags) => {
      const parts = listParts(flags, command);
      const period = {
        fromMs: flags.since ?? parseTime(usualSince),
        toMs: flags.until ?? systemClock.epochMs(),
      };
      requireBefore('--since', period.fromMs, '--until', period.toMs);
      const { json = false } = flags;
      const output = watchOutput(io.stdout);
      const stop = createStopSignal({
        ...io,
        exit: () => io.exit(exitCodes.noAnswer),
        onStop: () => io.stderr.write('\nStopping. Another signal ends it at once.\n'),
      });
      const context: ReconcileContext = {
        io,
        signal: AbortSignal.any([stop, output.closed]),
        period,
        api: loadProviderApiConfig(io.env),
        print: async (text) => (json ? undefined : output.write(toPrintable(text))),
      };
      const { code, results } = await runParts(parts, context);
      if (json) {
        await output.write(toPrintable(`${JSON.stringify(results)}\n`));
      }
      io.exit(code);
    });
}

const helpText = `
The API user's credentials come from COMAPI_API_USERNAME and COMAPI_API_PASSWORD, and the region from COMAPI_API_REGION, as for
"register". The provider is only read. Exits with 0 when nothing is missing, with 1 when something is missing, with 2 when that is not known: the use is
wrong, the provider or the store did not answer, nothing could be judged yet, or the run was stopped.

Examples:
  comapi-webhook reconcile --since 26h --until 2h
  comapi-webhook reconcile --messages
  comapi-webhook reconcile --messages --since 2026-11-20 --until 2026-11-27 --json | jq '.messages.differences[]'
  comapi-webhook reconcile --messages --write`;

function listParts(flags: ReconcileFlags, command: Command): readonly ReconcilePart[] {
  const given = command.options.find(
    (option) =>
      option.helpGroupHeading === messagesGroup &&
      command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (flags.messages === undefined && given !== undefined) {
    throw new UsageError(`${given.long} means something with --messages only`);
  }
  const { counts: chosen = true } = flags;
  const names = chosen === true ? usualNames : chosen;
  const counts: ReconcilePart = {
    name: 'counts',
    run: (context) => reconcileCountsPart(names, context),
  };
  const parts: ReconcilePart[] = [];
  if (flags.messages === true) {
    parts.push({
      name: 'messages',
      run: (context) => reconcileMessagesPart({ olderThan: parseDurationMs(usualAge), ...flags }, context),
    });
  }
  return flags.counts !== undefined || parts.length === 0 ? [counts, ...parts] : parts;
}
