import type { CommandConfig } from '../config/command-config.ts';
import { loadReconciledTopic } from '../config/topic-names.ts';
import { openStore } from '../stores/open-store.ts';
import type { EntityHistory, HistoryPeriod } from '../tools/records/entity-history.ts';
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

/** Searches the configured store. */
export async function findInStore(
  question: FindQuestion,
  config: CommandConfig,
  io: StoppableIo,
): Promise<readonly EntityHistory[]> {
  const { readRecords } = await openStore(config.store);
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
    return await (question.conditions === undefined
      ? findHistories(question.ids, deps)
      : findByValues(question.conditions, deps));
  } finally {
    stopProgress();
  }
}

/** Returns `undefined` if the topic's name is invalid: `reconcile` reports that. */
function findReconciledTopic(config: CommandConfig, { env }: CommandIo): string | undefined {
  try {
    return loadReconciledTopic(env, config);
  } catch {
    return undefined;
  }
}
