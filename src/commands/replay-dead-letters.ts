import type { CommandConfig } from '../config/command-config.ts';
import { listTopics } from '../config/topic-names.ts';
import type { Sink } from '../ports/sink.ts';
import { systemClock } from '../runtime/clock.ts';
import { describeError } from '../runtime/errors.ts';
import { toLines } from '../runtime/foreign-text.ts';
import { formatCount } from '../runtime/format.ts';
import { openStore, startCommandSink } from '../stores/open-store.ts';
import { type ReplayReport, runReplay } from '../tools/replay/run-replay.ts';
import { EventFields } from '../webhook/event-fields.ts';
import { type CommandIo, formatTable } from './command-io.ts';
import { createCommandLogger } from './command-logger.ts';
import type { GivenTime } from './option-parsers.ts';
import { showReading } from './progress.ts';

export interface DeadLetterReplayFlags {
  readonly reason?: readonly string[];
  readonly webhook?: readonly string[];
  readonly since?: GivenTime;
  readonly until?: GivenTime;
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
  readonly group: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Puts dead letters back. @returns what to print */
export async function replayDeadLetters(
  flags: DeadLetterReplayFlags,
  config: CommandConfig,
  io: CommandIo & { readonly stop: AbortSignal },
): Promise<string> {
  const { reason, webhook, since, until, group, dryRun = false, json = false } = flags;
  const logger = createCommandLogger(io);
  const store = await openStore(config.store);
  const topics = [config.topics, ...config.webhookTopics].flatMap(listTopics);
  const reading = showReading(io.stderr);
  const sources = await store.openDeadLetters(flags, {
    topics,
    group,
    dryRun,
    logger,
    signal: io.stop,
    observer: reading.observer,
  });
  let sink: Sink | undefined;
  const openSink = async () => {
    sink ??= await startCommandSink(store, { ...config, topics, logger });
    return sink;
  };
  let read = 0;
  const topicsOf = (name: string) =>
    config.webhookTopics.find(({ webhook: own }) => own === name) ?? config.topics;
  try {
    const reports = [];
    for (const source of sources) {
      const before = read;
      const report = await runReplay({
        store: source,
        selection: {
          reasons: reason,
          webhooks: webhook,
          sinceMs: since?.epochMs,
          untilMs: until?.epochMs,
        },
        openSink: dryRun ? undefined : openSink,
        clock: systemClock,
        eventFields: new EventFields(config.keyRules),
        recordHeaders: config.recordHeaders,
        topicsOf,
        observe: (count) => {
          read = before + count;
        },
        stop: io.stop,
      });
      reports.push({ store: source.name, ...report });
      if (report.stopped) {
        break;
      }
    }
    return json ? `${JSON.stringify({ dryRun, reports }, null, 2)}\n` : formatReplayReports(reports, dryRun);
  } catch (error) {
    if (read === 0) {
      throw error;
    }
    const why = describeError(error).replace(/\.$/, '');
    throw new Error(
      `Stopped after ${formatCount(read, 'dead letter')}: ${why}. What was put back is remembered: run again to go on.`,
      { cause: error },
    );
  } finally {
    reading.stop();
    await sink?.close();
    await Promise.all(sources.map((source) => source.close()));
  }
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
      ? `${dryRun ? 'would go' : 'went'} to ${detail}${events === deadLetters ? '' : ` as ${formatCount(events, 'event')}`}`
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
  return table + toLines(notes);
}
