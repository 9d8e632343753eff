import type { CommandConfig } from '../config/command-config.ts';
import { loadReconciledTopic } from '../config/topic-names.ts';
import { defaultReplayGroup } from '../ports/dead-letter.ts';
import { describeError } from '../runtime/errors.ts';
import { toReason } from '../runtime/finding.ts';
import { openStore } from '../stores/open-store.ts';
import type { Store } from '../stores/store.ts';
import { type EntityHistory, type HistoryPeriod, listOf } from '../tools/records/entity-history.ts';
import type { EventCondition } from '../tools/records/event-conditions.ts';
import { findByValues, findHistories } from '../tools/records/find-histories.ts';
import type { FindHistoryDeps } from '../tools/records/find-history.ts';
import { type CommandIo, createCommandLogger } from './command-io.ts';
import { showReading } from './progress.ts';

export type FindQuestion = {
  readonly period: HistoryPeriod;
} & (
  | { readonly ids: readonly string[]; readonly conditions?: undefined }
  | { readonly conditions: readonly EventCondition[] }
);

type StoppableIo = CommandIo & { readonly stop: AbortSignal };

export async function findInStore(
  question: FindQuestion,
  config: CommandConfig,
  io: StoppableIo,
): Promise<readonly EntityHistory[]> {
  const store = await openStore(config.store);
  const { readRecords } = store;
  const logger = createCommandLogger(io);
  const { observer, stop: stopProgress } = showReading(io.stderr);
  const deps: FindHistoryDeps = {
    read: (selection, options) => readRecords(selection, { ...options, logger }),
    topics: config.allTopics,
    reconciledTopic: findReconciledTopic(config, io),
    period: question.period,
    observer,
    signal: io.stop,
  };
  try {
    const histories = await (question.conditions === undefined
      ? findHistories(question.ids, deps)
      : findByValues(question.conditions, deps));
    return await addReplayed(histories, store, {
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

/** Adds the store's replay marks to histories that contain dead letters. */
async function addReplayed(
  histories: readonly EntityHistory[],
  store: Store,
  deps: Parameters<Store['findReplayed']>[1],
): Promise<readonly EntityHistory[]> {
  const places = [
    ...new Set(histories.flatMap(({ deadLetters }) => listOf(deadLetters).map(({ place }) => place))),
  ];
  if (places.length === 0 || deps.signal.aborted) {
    return histories;
  }
  const replayed = await store.findReplayed(places, deps).catch((error: unknown) => ({
    notKnown: toReason(describeError(error)),
  }));
  return histories.map((history) => ({ ...history, replayed }));
}

/** Returns `undefined` if the topic name is invalid. The command `reconcile` reports an invalid name. */
function findReconciledTopic(config: CommandConfig, { env }: CommandIo): string | undefined {
  try {
    return loadReconciledTopic(env, config);
  } catch {
    return undefined;
  }
}
