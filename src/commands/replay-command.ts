import { Command, InvalidArgumentError } from 'commander';
import { type CommandConfig, loadCommandConfig } from '../config/command-config.ts';
import { listTopics } from '../config/topic-names.ts';
import { type ReplayReport, runReplay } from '../replay/run-replay.ts';
import { systemClock } from '../runtime/clock.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import { createStopSignal, exitCodes } from '../runtime/run-process.ts';
import { openStore, startCommandSink } from '../store/open-store.ts';
import { EventFields } from '../webhook/event-fields.ts';
import { deadLetterReasons } from '../webhook/to-record.ts';
import { type CommandIo, formatTable, writeText } from './command-io.ts';
import { createCommandLogger } from './command-logger.ts';
import { loadAndWarn } from './load-config.ts';
import { collect, createIntegerParser, parseTime } from './option-parsers.ts';
import { showProgress } from './progress.ts';

export interface ReplayFlags {
  readonly reason?: readonly string[];
  readonly webhook?: readonly string[];
  readonly since?: number;
  readonly until?: number;
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
  readonly group: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function createReplayCommand(io: CommandIo): Command {
  return new Command('replay')
    .description('put dead-lettered events back; they are split and keyed as by the receiver')
    .option('--reason <reason>', 'only dead letters with this reason; may be repeated', collectReason)
    .option('--webhook <name>', 'only those of this registration; may be repeated', collect)
    .option(
      '--since <time>',
      'only those received at or after this time (ISO 8601, or 2h ago as 2h)',
      parseTime,
    )
    .option('--until <time>', 'only those received before this time', parseTime)
    .option('--topic <name>', 'only this dead-letter topic')
    .option('--partition <n>', 'only this partition of the topic', createIntegerParser(0, 1e6))
    .option(
      '--offset <n>',
      'only this record of the partition, even when it was put back before',
      createIntegerParser(0, Number.MAX_SAFE_INTEGER),
    )
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
  comapi-webhook replay --partition 2 --offset 1017`,
    )
    .action(async (flags: ReplayFlags) => {
      const config = loadAndWarn(io, loadCommandConfig);
      checkUse(flags);
      const stop = createStopSignal({
        ...io,
        onStop: () =>
          io.stderr.write('\nStopping when what is under way is put back. Another signal ends it at once.\n'),
      });
      writeText(io.stdout, await replay(flags, config, { ...io, stop }));
      io.exit(stop.aborted ? exitCodes.failed : exitCodes.done);
    });
}

function checkUse({ since, until, partition, offset }: ReplayFlags): void {
  if (since !== undefined && until !== undefined && since >= until) {
    throw new UsageError('--since is not before --until: nothing could be selected');
  }
  if (offset !== undefined && partition === undefined) {
    throw new UsageError('--offset needs --partition');
  }
}

async function replay(
  flags: ReplayFlags,
  config: CommandConfig,
  io: CommandIo & { readonly stop: AbortSignal },
): Promise<string> {
  const { reason, webhook, since, until, group, dryRun = false, json = false } = flags;
  const logger = createCommandLogger(io);
  const store = await openStore(config.store);
  const topics = [config.topics, ...config.webhookTopics].flatMap(listTopics);
  const sources = await store.openDeadLetters(flags, {
    topics: [...new Set(topics.map(({ deadLetter }) => deadLetter))],
    group,
    dryRun,
    logger,
    onNotice: (text) => writeText(io.stderr, `${text}\n`),
  });
  const total = sources.reduce((sum, source) => sum + source.total, 0);
  const sink =
    dryRun || total === 0 ? undefined : await startCommandSink(store, { ...config, topics, logger });
  const startedAt = performance.now();
  let read = 0;
  const progress = showProgress(io.stderr, () => ({
    done: read,
    total,
    elapsedMs: performance.now() - startedAt,
    detail: '',
  }));
  const topicsOf = (name: string) =>
    config.webhookTopics.find(({ webhook: own }) => own === name) ?? config.topics;
  try {
    const reports = [];
    for (const source of sources) {
      const before = read;
      const report = await runReplay(
        { selection: { reasons: reason, webhooks: webhook, sinceMs: since, untilMs: until }, dryRun },
        {
          store: source,
          sink,
          clock: systemClock,
          eventFields: new EventFields(config.keyRules),
          recordHeaders: config.recordHeaders,
          topicsOf,
          observe: (count) => {
            read = before + count;
          },
          stop: io.stop,
        },
      );
      reports.push({ store: source.name, ...report });
      if (report.stopped) {
        break;
      }
    }
    return json ? `${JSON.stringify({ dryRun, reports }, null, 2)}\n` : formatReplayReports(reports, dryRun);
  } catch (error) {
    const why = describeError(error).replace(/\.$/, '');
    throw new Error(
      `Stopped after ${read} of ${total} dead letters: ${why}. What was put back is remembered: run again to go on.`,
      { cause: error },
    );
  } finally {
    progress.stop();
    await sink?.close();
    await Promise.all(sources.map((source) => source.close()));
  }
}

function collectReason(text: string, earlier: readonly string[] | undefined): readonly string[] {
  if (!deadLetterReasons.some((reason) => reason === text)) {
    throw new InvalidArgumentError(`Give one of ${deadLetterReasons.join(', ')}.`);
  }
  return collect(text, earlier);
}

type NamedReport = ReplayReport & { readonly store: string };

export function formatReplayReports(reports: readonly NamedReport[], dryRun: boolean): string {
  return reports.map((report) => formatReport(report, dryRun)).join('\n');
}

function formatReport(
  { store, read, lines, notSelected, foreign, stopped }: NamedReport,
  dryRun: boolean,
): string {
  const rows = lines.map(({ reason, webhook, outcome, detail, deadLetters, events }) => [
    reason,
    webhook,
    String(deadLetters),
    outcome === 'replayed'
      ? `${dryRun ? 'would go' : 'went'} to ${detail}${events === deadLetters ? '' : ` as ${events} events`}`
      : `${dryRun ? 'would fail' : 'failed'} again: ${detail}; stays`,
  ]);
  const table = rows.length === 0 ? '' : formatTable([['REASON', 'WEBHOOK', 'COUNT', 'OUTCOME'], ...rows]);
  const notes = [
    `${store}: dead letters not put back before: ${read}`,
    ...(notSelected > 0 ? [`${notSelected} not selected; they stay`] : []),
    ...(foreign > 0
      ? [`${foreign} not of the receiver (the revision filter's, for example); they stay`]
      : []),
    ...(stopped ? ['stopped: run again to go on'] : []),
  ];
  return `${table}${notes.join('\n')}\n`;
}
