import { Command, Option } from 'commander';
import { type CommandConfig, loadCommandConfig } from '../config/command-config.ts';
import { defaultReplayGroup } from '../ports/dead-letter.ts';
import { collectSkipped } from '../ports/record-reader.ts';
import type { Sink } from '../ports/sink.ts';
import { systemClock } from '../runtime/clock.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import {
  type Conclusion,
  concludeAll,
  type Finding,
  removeFullStop,
  toConclusion,
} from '../runtime/finding.ts';
import { formatCount, toJsonText } from '../runtime/format.ts';
import { createStopSignal } from '../runtime/run-process.ts';
import { toLines } from '../runtime/untrusted-text.ts';
import { openStore, startCommandSink } from '../stores/open-store.ts';
import { type ReplayReport, type ReplayTarget, runReplay } from '../tools/replay/run-replay.ts';
import { EventFields } from '../webhook/event-fields.ts';
import { deadLetterReasons } from '../webhook/to-record.ts';
import { type CommandIo, createCommandLogger, formatTable, writeText } from './command-io.ts';
import { describeUnknownWebhook, listWebhookNames, loadConfigWithWarnings } from './load-config.ts';
import { parseSearchStart, parseTime, requireChronologicalOrder } from './option-parsers.ts';
import { showReadProgress } from './progress.ts';

interface ReplayFlags {
  readonly reason?: readonly string[];
  readonly webhook?: readonly string[];
  /** Epoch milliseconds. */
  readonly since?: number;
  readonly until?: number;
  readonly group: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function createReplayCommand(io: CommandIo): Command {
  return new Command('replay')
    .description('replay dead letters: process them again as the receiver does, and store their events')
    .addOption(
      new Option(
        '--reason <reason...>',
        'replay only dead letters with this reason; may be repeated',
      ).choices(deadLetterReasons),
    )
    .option('--webhook <name...>', 'replay only dead letters of this registration; may be repeated')
    .option(
      '--since <time>',
      'replay only dead letters received since this time (ISO 8601, UTC by default, or 2h for two hours ago)',
      parseSearchStart,
    )
    .option('--until <time>', 'replay only dead letters received before this time', parseTime)
    .option(
      '--group <id>',
      'name under which Kafka and Redis record which dead letters were replayed',
      defaultReplayGroup,
    )
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
    .action(async (flags: ReplayFlags) => {
      const config = loadConfigWithWarnings(io, loadCommandConfig);
      requireChronologicalOrder('--since', flags.since, '--until', flags.until);
      const webhookNames = listWebhookNames(config);
      for (const name of flags.webhook?.filter((each) => !webhookNames.includes(each)) ?? []) {
        throw new UsageError(describeUnknownWebhook(name, webhookNames));
      }
      const stopSignal = createStopSignal({
        ...io,
        onStop: () =>
          io.stderr.write('\nStopping after the current batch. Send another signal to exit immediately.\n'),
      });
      const { text, code } = await replayDeadLetters(flags, config, { ...io, stop: stopSignal });
      writeText(io.stdout, text);
      io.exit(code);
    });
}

/** Replays the dead letters of the configured store. @returns the text to print, and the exit code */
async function replayDeadLetters(
  flags: ReplayFlags,
  config: CommandConfig,
  io: CommandIo & { readonly stop: AbortSignal },
): Promise<Conclusion> {
  const { reason, webhook, since, until, group, dryRun = false, json = false } = flags;
  const logger = createCommandLogger(io);
  const store = await openStore(config.store);
  const topics = config.allTopics;
  const readProgress = showReadProgress(io.stderr);
  const { observer, skipped } = collectSkipped(readProgress.observer);
  const sources = await store.openDeadLetters({
    topics,
    group,
    dryRun,
    logger,
    signal: io.stop,
    observer,
  });
  const eventTopics = [...new Set(topics.map(({ events }) => events))];
  let sink: Sink | undefined;
  const openSink = async () => {
    sink ??= await startCommandSink(store, { ...config, topics, logger });
    return sink;
  };
  const target: ReplayTarget = dryRun
    ? { forecast: (await store.openForecast?.(eventTopics, logger)) ?? (() => 'unknown') }
    : { openSink };
  let readCount = 0;
  const listTopics = (name: string) =>
    config.webhookTopics.find(({ webhook: own }) => own === name) ?? config.topics;
  try {
    const reports: TopicReplayReport[] = [];
    for (const source of sources) {
      const previousReadCount = readCount;
      const report = await runReplay({
        store: source,
        selection: {
          reasons: reason,
          webhooks: webhook,
          sinceMs: since,
          untilMs: until,
        },
        target,
        clock: systemClock,
        planning: {
          eventFields: new EventFields(config.recordRules.keyRules),
          recordRules: config.recordRules,
          topicsOf: listTopics,
        },
        observe: (count) => {
          readCount = previousReadCount + count;
        },
        stop: io.stop,
      });
      reports.push({ store: source.name, ...report, skipped: [...skipped] });
      if (report.stopped) {
        break;
      }
    }
    const evaluatedReports = reports.map((report) => ({
      ...report,
      verdict: toConclusion(evaluateReport(report)).text,
    }));
    return {
      text: json ? toJsonText({ dryRun, reports: evaluatedReports }) : formatReplayReports(reports, dryRun),
      code: concludeAll(reports.map(evaluateReport)),
    };
  } catch (error) {
    if (readCount === 0) {
      throw error;
    }
    const why = removeFullStop(describeError(error));
    throw new Error(
      `The replay stopped after ${formatCount(readCount, 'dead letter')}: ${why}. To continue, run the command again. A new run skips dead letters that were already replayed.`,
      { cause: error },
    );
  } finally {
    readProgress.stop();
    await sink?.close();
    await Promise.all(sources.map((source) => source.close()));
  }
}

interface TopicReplayReport extends ReplayReport {
  readonly store: string;
  /** Reasons why parts of the store could not be read, one sentence each. */
  readonly skipped: readonly string[];
}

/** Reports how many dead letters were read, and whether all dead letters could be read. */
function evaluateReport({ store, read, lines, stopped, skipped }: TopicReplayReport): Finding {
  const letterCountText = formatCount(read, 'dead letter');
  const failedCount = lines
    .filter(({ outcome }) => outcome === 'failed')
    .reduce((total, { deadLetters }) => total + deadLetters, 0);
  const stoppedText = 'the run was stopped, and the next run continues from here';
  const reasons = [...skipped.map(removeFullStop), ...(stopped ? [stoppedText] : [])];
  if (reasons.length > 0) {
    return {
      answer: 'not known',
      text: `Cannot tell whether ${store} has more dead letters: ${reasons.join('; ')}. The run read ${letterCountText} that had not been replayed.`,
    };
  }
  const text = `${store}: read ${letterCountText} that had not been replayed.`;
  return failedCount === 0
    ? { answer: 'yes', text }
    : { answer: 'no', text: `${text} Of these, ${failedCount} cannot be replayed.` };
}

export function formatReplayReports(reports: readonly TopicReplayReport[], dryRun: boolean): string {
  return reports.map((report) => formatReport(report, dryRun)).join('\n');
}

function formatReport(report: TopicReplayReport, dryRun: boolean): string {
  const { lines, notSelected, foreign, uncertain } = report;
  const rows = lines.map(({ reason, webhook, outcome, detail, deadLetters, events }) => [
    reason,
    webhook,
    String(deadLetters),
    outcome === 'replayed'
      ? `${dryRun ? 'would be replayed' : 'replayed'} to ${detail}${events === deadLetters ? '' : ` as ${formatCount(events, 'event')}`}`
      : `${dryRun ? 'would fail again and stay' : 'failed again and stayed'} in the store: ${detail}`,
  ]);
  const table = rows.length === 0 ? '' : formatTable([['REASON', 'WEBHOOK', 'COUNT', 'OUTCOME'], ...rows]);
  const notes = [
    toConclusion(evaluateReport(report)).text,
    ...(uncertain > 0
      ? [
          `A dry run cannot predict whether the store still rejects ${formatCount(uncertain, 'dead letter')} that it rejected before.`,
        ]
      : []),
    ...(notSelected > 0
      ? [`Kept ${formatCount(notSelected, 'dead letter')} that the options do not select.`]
      : []),
    ...(foreign > 0
      ? [
          `Kept ${formatCount(foreign, 'record')} that the receiver did not write, such as records of the revision filter.`,
        ]
      : []),
  ];
  return table + toLines(notes);
}
