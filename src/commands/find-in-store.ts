import type { CommandConfig } from '../config/command-config.ts';
import { loadReconciledTopic } from '../config/topic-names.ts';
import { openStore } from '../stores/open-store.ts';
import type { EventCondition } from '../tools/records/event-conditions.ts';
import type { FindLifeDeps } from '../tools/records/find-life.ts';
import { findLives, findWhere } from '../tools/records/find-lives.ts';
import type { Life, LifePeriod } from '../tools/records/record-life.ts';
import { type CommandIo, createCommandLogger } from './command-io.ts';
import { showReading } from './progress.ts';

export type FindQuestion = {
  readonly period: LifePeriod;
} & (
  | { readonly ids: readonly string[]; readonly conditions?: undefined }
  | { readonly conditions: readonly EventCondition[] }
);

type StoppableIo = CommandIo & { readonly stop: AbortSignal };

/** Looks in the store that the configuration names. */
export async function findInStore(
  question: FindQuestion,
  config: CommandConfig,
  io: StoppableIo,
): Promise<readonly Life[]> {
  const { readRecords } = await openStore(config.store);
  const logger = createCommandLogger(io);
  const { observer, stop: stopProgress } = showReading(io.stderr);
  const deps: FindLifeDeps = {
    read: (selection, options) => readRecords(selection, { ...options, logger }),
    topics: config.allTopics,
    reconciledTopic: findReconciledTopic(config, io),
    period: question.period,
    observer,
    signal: io.stop,
  };
  try {
    return await (question.conditions === undefined
      ? findLives(question.ids, deps)
      : findWhere(question.conditions, deps));
  } finally {
    stopProgress();
  }
}

/** A name that cannot be used is a problem of `reconcile`. */
function findReconciledTopic(config: CommandConfig, { env }: CommandIo): string | undefined {
  try {
    return loadReconciledTopic(env, config);
  } catch {
    return undefined;
  }
}
