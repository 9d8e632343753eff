import { Command } from 'commander';
import { loadProviderApiConfig } from '../config/provider-api-config.ts';
import { systemClock } from '../runtime/clock.ts';
import { UsageError } from '../runtime/errors.ts';
import { createStopSignal, exitCodes } from '../runtime/run-process.ts';
import { toPrintable } from '../runtime/untrusted-text.ts';
import type { CountedName } from '../tools/provider/messages/message-schemas.ts';
import { defaultCountedNames } from '../tools/reconcile/count-grid.ts';
import { type CommandIo, watchOutput } from './command-io.ts';
import {
  parseDurationMs,
  parsePositiveNumber,
  parseSearchStart,
  parseTime,
  requireChronologicalOrder,
} from './option-parsers.ts';
import { parseCountedNames, runCountsStep } from './reconcile-counts-step.ts';
import { type MessagesFlags, runMessagesStep } from './reconcile-messages-step.ts';
import { type ReconcileContext, type ReconcileStep, runReconcileSteps } from './reconcile-steps.ts';

interface ReconcileFlags extends Omit<MessagesFlags, 'olderThan'>, Partial<Pick<MessagesFlags, 'olderThan'>> {
  readonly counts?: true | readonly CountedName[];
  readonly since?: number;
  readonly until?: number;
  readonly messages?: boolean;
  readonly json?: boolean;
}

/** Help heading above the options that require `--messages`. */
const messageOptionsHeading = 'Messages:';

const defaultReconciledPeriod = '7d';
const defaultMessageAge = '25h';

export function createReconcileCommand(io: CommandIo): Command {
  const command = new Command('reconcile')
    .description("compare the store with the provider's API to find missing events")
    .option(
      '--since <time>',
      `start of the compared period (ISO 8601, UTC by default, or 2h for two hours ago; default ${defaultReconciledPeriod}); --counts selects by the time of the event, and --messages by the time of storage`,
      parseSearchStart,
    )
    .option('--until <time>', 'end of the compared period (default: now)', parseTime)
    .option('--json', 'print the result as JSON')
    .option(
      '--counts [names]',
      'compare the hourly counts of events with these names (default: all names except message.sentRequest); --counts is implied unless --messages is given',
      parseCountedNames,
    );
  return command
    .optionsGroup(messageOptionsHeading)
    .option(
      '--messages',
      'request from the provider the state of each message whose last stored state is not final',
    )
    .option(
      '--older-than <duration>',
      `skip messages whose last state was stored less than this duration ago (default ${defaultMessageAge})`,
      parseDurationMs,
    )
    .option('--write', 'store missing states in a separate topic')
    .option('--rate <calls>', 'maximum number of provider API calls per second', parsePositiveNumber, 20)
    .addHelpText('after', reconcileHelpText)
    .action(async (flags: ReconcileFlags) => {
      const steps = listReconcileSteps(flags, command);
      const period = {
        fromMs: flags.since ?? parseTime(defaultReconciledPeriod),
        toMs: flags.until ?? systemClock.epochMs(),
      };
      requireChronologicalOrder('--since', period.fromMs, '--until', period.toMs);
      const { json = false } = flags;
      const output = watchOutput(io.stdout);
      const stopSignal = createStopSignal({
        ...io,
        exit: () => io.exit(exitCodes.noAnswer),
        onStop: () => io.stderr.write('\nStopping. Send another signal to exit immediately.\n'),
      });
      const context: ReconcileContext = {
        io,
        signal: AbortSignal.any([stopSignal, output.closed]),
        period,
        api: loadProviderApiConfig(io.env),
        print: async (text) => (json ? undefined : output.write(toPrintable(text))),
      };
      const { code, results } = await runReconcileSteps(steps, context);
      if (json) {
        await output.write(toPrintable(`${JSON.stringify(results)}\n`));
      }
      io.exit(code);
    });
}

const reconcileHelpText = `
Set the API user's credentials in COMAPI_API_USERNAME and COMAPI_API_PASSWORD, and the region in COMAPI_API_REGION, as for
"register". The command only reads from the provider. Exits with 0 if nothing is missing, and with 1 if something is missing.
Exits with 2 if the answer is unknown: the command line is wrong, the provider or the store did not respond, nothing could be
compared yet, or the run was stopped.

Examples:
  comapi-webhook reconcile --since 26h --until 2h
  comapi-webhook reconcile --messages
  comapi-webhook reconcile --messages --since 2026-11-20 --until 2026-11-27 --json | jq '.messages.differences[]'
  comapi-webhook reconcile --messages --write`;

function listReconcileSteps(flags: ReconcileFlags, command: Command): readonly ReconcileStep[] {
  const suppliedOption = command.options.find(
    (option) =>
      option.helpGroupHeading === messageOptionsHeading &&
      command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (flags.messages === undefined && suppliedOption !== undefined) {
    throw new UsageError(`${suppliedOption.long} requires --messages`);
  }
  const { counts: chosen = true } = flags;
  const names = chosen === true ? defaultCountedNames : chosen;
  const counts: ReconcileStep = {
    name: 'counts',
    run: (context) => runCountsStep(names, context),
  };
  const steps: ReconcileStep[] = [];
  if (flags.messages === true) {
    steps.push({
      name: 'messages',
      run: (context) => runMessagesStep({ olderThan: parseDurationMs(defaultMessageAge), ...flags }, context),
    });
  }
  return flags.counts !== undefined || steps.length === 0 ? [counts, ...steps] : steps;
}
