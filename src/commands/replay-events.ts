import { createHash } from 'node:crypto';
import type { CommandConfig } from '../config/command-config.ts';
import { quoteValue } from '../config/credential.ts';
import { findTopicNameProblem } from '../config/store-settings.ts';
import { findTopicConflict, listTopics, type TopicNames } from '../config/topic-names.ts';
import type { ChooseRun, ReplayRun } from '../ports/event-replay.ts';
import type { Sink } from '../ports/sink.ts';
import { systemClock } from '../runtime/clock.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import type { Conclusion } from '../runtime/finding.ts';
import { toLines } from '../runtime/foreign-text.ts';
import { formatCount, toIso } from '../runtime/format.ts';
import { exitCodes } from '../runtime/run-process.ts';
import { openStore, startCommandSink } from '../stores/open-store.ts';
import { readFacts } from '../tools/records/record-facts.ts';
import { createRecordTest } from '../tools/records/select-records.ts';
import {
  type EventReplayLine,
  type EventReplayReport,
  runEventReplay,
} from '../tools/replay/run-event-replay.ts';
import { toLatestTopic } from '../webhook/topic-rules.ts';
import { askFirst } from './ask-first.ts';
import { type CommandIo, formatTable } from './command-io.ts';
import { createCommandLogger } from './command-logger.ts';
import type { GivenTime } from './option-parsers.ts';
import { showReading } from './progress.ts';

export interface EventReplayFlags {
  readonly since?: GivenTime;
  readonly until?: GivenTime;
  readonly name?: readonly string[];
  readonly key?: string;
  readonly webhook?: readonly string[];
  readonly toTopic?: string;
  readonly rate?: number;
  readonly group: string;
  readonly restart?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Puts stored events back. @returns what to print, and the exit code */
export async function replayEvents(
  flags: EventReplayFlags,
  config: CommandConfig,
  io: CommandIo & { readonly stop: AbortSignal },
): Promise<Conclusion> {
  const {
    since,
    until,
    name,
    key,
    webhook,
    toTopic: target,
    rate,
    group,
    dryRun = false,
    json = false,
  } = flags;
  const topics = [config.topics, ...config.webhookTopics].flatMap(listTopics);
  const targets = target === undefined ? topics : addTarget(topics, target);
  const store = await openStore(config.store);
  const logger = createCommandLogger(io);
  let putBack = 0;
  const reading = showReading(io.stderr, () => `, ${formatCount(putBack)} put back`);
  const { observer } = reading;
  const wanted: ReplayRun = {
    options: describeOptions(flags, topics),
    startedAtMs: systemClock.epochMs(),
    sinceMs: since?.epochMs ?? 0,
    untilMs: until?.epochMs,
  };
  const source = await store.openEventReplay({
    selection: { role: 'events', topics, keys: key === undefined ? undefined : new Set([key]) },
    group,
    dryRun,
    logger,
    observer,
    signal: io.stop,
    choose: createChoice(wanted, flags.restart === true, observer.notice),
  });
  let sink: Sink | undefined;
  try {
    // A store whose events cannot be put back has said so by now.
    if (!dryRun && [since, until, name, key, webhook].every((selection) => selection === undefined)) {
      await askFirst(`Put back every event of ${topics.map(({ events }) => events).join(', ')}`, flags, io);
    }
    // Where topics must be there already a dry run starts it too, which stores nothing.
    if (!dryRun || (target !== undefined && store.hasTopics)) {
      sink = await startCommandSink(store, { ...config, topics: targets, logger });
    }
    const run = await source.begin();
    const report = await runEventReplay({
      source,
      run,
      sink: dryRun ? undefined : sink,
      target,
      rate,
      clock: systemClock,
      stop: io.stop,
      isWanted: createRecordTest({ names: name, webhooks: webhook }),
      nameOf: (record) => readFacts(record).name,
      observe: (count) => {
        putBack = count;
      },
    });
    const named = { store: source.name, ...report };
    const isAllPutBack = report.lines.every(({ outcome }) => outcome === 'replayed');
    return {
      code: report.stopped ? exitCodes.noAnswer : isAllPutBack ? exitCodes.done : exitCodes.failed,
      text: json
        ? `${JSON.stringify({ from: 'events', dryRun, ...named }, null, 2)}\n`
        : formatEventReplay(named, dryRun),
    };
  } catch (error) {
    if (error instanceof UsageError || putBack === 0) {
      throw error;
    }
    const why = describeError(error).replace(/\.$/, '');
    throw new Error(
      `Stopped after ${formatCount(putBack, 'event')}: ${why}. What was put back is remembered: run the same command again to go on.`,
      { cause: error },
    );
  } finally {
    reading.stop();
    await sink?.close();
    await source.close();
  }
}

/** Where copies go beside the topics of the configuration. @throws {UsageError} for a topic that holds something else */
function addTarget(topics: readonly TopicNames[], name: string): readonly TopicNames[] {
  const problem = findTopicNameProblem(name);
  if (problem !== undefined) {
    throw new UsageError(`--to-topic: ${quoteValue(name)} ${problem}`);
  }
  const known = topics.find(({ events }) => events === name);
  if (known !== undefined) {
    return [known];
  }
  const [own] = topics as readonly [TopicNames, ...TopicNames[]];
  const target = { events: name, deadLetter: own.deadLetter, latest: toLatestTopic(name) };
  const conflict = findTopicConflict([...topics, target]);
  if (conflict !== undefined) {
    throw new UsageError(`--to-topic: ${conflict}`);
  }
  return [target];
}

const mostOptionCharacters = 600;

/** What tells a run from others. A store keeps only so much beside it. */
function describeOptions(
  { since, until, key, name = [], webhook = [], toTopic }: EventReplayFlags,
  topics: readonly TopicNames[],
): string {
  const options = Object.entries({
    since: since?.text,
    until: until?.text,
    key,
    name,
    webhook,
    'to-topic': toTopic,
  });
  const given = options.flatMap(([option, values]) =>
    [values ?? []].flat().map((value) => `--${option} ${JSON.stringify(value)}`),
  );
  const text = [topics.map(({ events }) => events).join(', '), ...given].join(' ');
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return text.length <= mostOptionCharacters ? text : `${text.slice(0, mostOptionCharacters)}… (${digest})`;
}

function createChoice(wanted: ReplayRun, restart: boolean, onNotice: (text: string) => void): ChooseRun {
  return (remembered) => {
    if (remembered === undefined || restart) {
      return wanted;
    }
    const began = toIso(remembered.startedAtMs);
    if (remembered.options !== wanted.options) {
      throw new UsageError(
        `a replay of ${remembered.options} that began at ${began} was stopped. Give the same options to go on with it, --restart to forget it, or --group to leave it as it is`,
      );
    }
    onNotice(`Goes on with the replay that began at ${began} and was stopped; --restart would begin anew.`);
    return remembered;
  };
}

type NamedReport = EventReplayReport & { readonly store: string };

function formatEventReplay(report: NamedReport, dryRun: boolean): string {
  const { store, read, lines, notSelected, copies, foreign, stopped } = report;
  const rows = lines.map((line) => [line.name, String(line.events), describeOutcome(line, dryRun)]);
  const notes = [
    `${store}: events read: ${read}`,
    ...(notSelected > 0 ? [`${notSelected} not selected`] : []),
    ...(copies > 0 ? [`${copies} left out: copies that an earlier replay has made`] : []),
    ...(foreign > 0 ? [`${foreign} left out: not of the receiver, without a key or a value`] : []),
    ...(stopped ? ['stopped: run the same command again to go on'] : []),
  ];
  const table = rows.length === 0 ? '' : formatTable([['NAME', 'COUNT', 'OUTCOME'], ...rows]);
  return table + toLines(notes);
}

function describeOutcome({ outcome, detail, firstPlace }: EventReplayLine, dryRun: boolean): string {
  return outcome === 'replayed'
    ? `${dryRun ? 'would go' : 'went'} to ${detail}`
    : `not put back: ${detail}, first ${firstPlace}`;
}
