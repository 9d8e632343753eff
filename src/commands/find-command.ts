import { Command } from 'commander';
import { type CommandConfig, loadCommandConfig } from '../config/command-config.ts';
import { loadReconciledTopic } from '../config/topic-names.ts';
import { defaultReplayGroup } from '../ports/dead-letter.ts';
import { systemClock } from '../runtime/clock.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import { concludeAll, removeFullStop } from '../runtime/finding.ts';
import { toJsonText } from '../runtime/format.ts';
import { createStopSignal, exitCodes } from '../runtime/run-process.ts';
import { toPrintable } from '../runtime/untrusted-text.ts';
import { openStore } from '../stores/open-store.ts';
import type { Store } from '../stores/store.ts';
import { type EntityHistory, type HistoryPeriod, listFound } from '../tools/records/entity-history.ts';
import { type EventCondition, parseCondition } from '../tools/records/event-conditions.ts';
import { findByValues, findHistories } from '../tools/records/find-histories.ts';
import type { FindHistoryDeps } from '../tools/records/find-history.ts';
import { evaluateHistory, formatHistory, toHistoryJson } from '../tools/records/format-history.ts';
import { type CommandIo, createCommandLogger, formatTable, watchOutput } from './command-io.ts';
import { loadConfigWithWarnings } from './load-config.ts';
import { parseSearchStart, parseTime, requireChronologicalOrder } from './option-parsers.ts';
import { showReadProgress } from './progress.ts';

interface FindFlags {
  readonly since?: number;
  readonly until?: number;
  readonly where?: readonly string[];
  readonly json?: boolean;
}

const defaultSearchPeriod = '7d';

export function createFindCommand(io: CommandIo): Command {
  return new Command('find')
    .description(
      'print the history of a message or another entity: its events, latest state and dead letters',
    )
    .argument('[id...]', 'record keys, such as a messageId, or event ids')
    .option(
      '--since <time>',
      `search records stored since this time (ISO 8601, UTC by default, or 2h for two hours ago; default ${defaultSearchPeriod})`,
      parseSearchStart,
    )
    .option('--until <time>', 'search records stored before this time', parseTime)
    .option(
      '--where <member=value...>',
      'instead of an id, search events by a value, for example payload.to=447700900000; may be repeated',
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
The first line is the answer. The records that it is based on follow. Each event is shown with its time, revision, channel and
position, and with the provider's reason if it failed. "obsolete" means that the event arrived after an event with a higher
revision. "repeated" means that the same event had already been stored. If an id is not found at its expected location, the
whole store is searched for a key or an event with this id. Exits with 0 if every id was found, and with 1 if one was not found.
Exits with 2 if the answer is unknown: the command line is wrong, the store could not be read, or the search was stopped.

Examples:
  comapi-webhook find 8f14e45f-ceea-467f-9575-6fa1c1b0cd5e
  comapi-webhook find --where payload.to=447700900000 --since 2026-11-27T08:00Z --json | jq .verdict
  xargs comapi-webhook find --since 2h < ids.txt`,
    )
    .action(async (ids: readonly string[], flags: FindFlags) => {
      const config = loadConfigWithWarnings(io, loadCommandConfig);
      const query = readFindQuery(ids, flags);
      const stopSignal = createStopSignal({ ...io, onStop: () => io.exit(exitCodes.noAnswer) });
      const output = watchOutput(io.stdout);
      const foundHistories = await findInStore(query, config, { ...io, stop: stopSignal });
      await output.write(formatHistories(foundHistories, flags.json === true));
      io.exit(concludeAll(foundHistories.map(evaluateHistory)));
    });
}

function readFindQuery(given: readonly string[], flags: FindFlags): FindQuery {
  const { where } = flags;
  if (given.length > 0 === (where !== undefined)) {
    throw new UsageError('give either ids or --where');
  }
  const nowMs = systemClock.epochMs();
  const { since = parseTime(defaultSearchPeriod), until = nowMs } = flags;
  requireChronologicalOrder('--since', since, '--until', until);
  const period = { sinceMs: since, untilMs: until, isToNow: until >= nowMs };
  if (where !== undefined) {
    return { period, conditions: where.map(parseCondition) };
  }
  const ids = [...new Set(given.map((id) => id.trim()))];
  if (ids.includes('')) {
    throw new UsageError('one of the ids is empty');
  }
  return { period, ids };
}

function formatHistories(found: readonly EntityHistory[], isJson: boolean): string {
  return toPrintable(
    isJson
      ? formatHistoriesAsJson(found)
      : found.map((history) => formatHistory(history, formatTable)).join('\n'),
  );
}

/** Formats a single history as an object, and several histories as an array. */
function formatHistoriesAsJson(found: readonly EntityHistory[]): string {
  const all = found.map(toHistoryJson);
  return toJsonText(all.length === 1 ? all[0] : all);
}

type FindQuery = {
  readonly period: HistoryPeriod;
} & (
  | { readonly ids: readonly string[]; readonly conditions?: undefined }
  | { readonly conditions: readonly EventCondition[] }
);

type StoppableCommandIo = CommandIo & { readonly stop: AbortSignal };

async function findInStore(
  question: FindQuery,
  config: CommandConfig,
  io: StoppableCommandIo,
): Promise<readonly EntityHistory[]> {
  const store = await openStore(config.store);
  const { readRecords } = store;
  const logger = createCommandLogger(io);
  const { observer, stop: stopProgress } = showReadProgress(io.stderr);
  const deps: FindHistoryDeps = {
    read: (selection, options) => readRecords(selection, { ...options, logger }),
    topics: config.allTopics,
    reconciledTopic: findReconciledTopicName(config, io),
    period: question.period,
    observer,
    signal: io.stop,
  };
  try {
    const histories = await (question.conditions === undefined
      ? findHistories(question.ids, deps)
      : findByValues(question.conditions, deps));
    return await addReplayMarks(histories, store, {
      topics: config.allTopics,
      group: defaultReplayGroup,
      signal: io.stop,
      observer: { ...observer, onStart() {}, onWarning() {} },
      logger,
    });
  } finally {
    stopProgress();
  }
}

/** For histories that contain dead letters, adds which of these dead letters the store has marked as replayed. */
async function addReplayMarks(
  histories: readonly EntityHistory[],
  store: Store,
  deps: Parameters<Store['findReplayed']>[1],
): Promise<readonly EntityHistory[]> {
  const places = [
    ...new Set(histories.flatMap(({ deadLetters }) => listFound(deadLetters).map(({ place }) => place))),
  ];
  if (places.length === 0 || deps.signal.aborted) {
    return histories;
  }
  const replayedPositions = await store.findReplayed(places, deps).catch((error: unknown) => ({
    notKnown: removeFullStop(describeError(error)),
  }));
  return histories.map((history) => ({ ...history, replayed: replayedPositions }));
}

/** Returns `undefined` if the topic name is invalid. The command `reconcile` reports an invalid name. */
function findReconciledTopicName(config: CommandConfig, { env }: CommandIo): string | undefined {
  try {
    return loadReconciledTopic(env, config);
  } catch {
    return undefined;
  }
}
