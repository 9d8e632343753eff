import type { CommandConfig } from '../config/command-config.ts';
import { isProviderApiNamed, loadProviderApiConfig } from '../config/provider-api-config.ts';
import { listTopics, loadReconciledTopic } from '../config/topic-names.ts';
import { ConfigError } from '../runtime/config-error.ts';
import { describeError } from '../runtime/errors.ts';
import { toReason } from '../runtime/finding.ts';
import { openStore } from '../stores/open-store.ts';
import type { Store } from '../stores/store.ts';
import { createMessageApi } from '../tools/provider/messages/message-api.ts';
import { type MessageView, viewMessage } from '../tools/reconcile/message-view.ts';
import type { EventCondition } from '../tools/records/event-conditions.ts';
import type { FindLifeDeps } from '../tools/records/find-life.ts';
import { findLives, findWhere } from '../tools/records/find-lives.ts';
import type { Life, LifePeriod } from '../tools/records/record-life.ts';
import type { CommandIo } from './command-io.ts';
import { createCommandLogger } from './command-logger.ts';
import { showReading } from './progress.ts';

export type FindQuestion = {
  readonly period: LifePeriod;
} & (
  | { readonly ids: readonly string[]; readonly conditions?: undefined }
  | { readonly conditions: readonly EventCondition[] }
);

export interface Found {
  readonly life: Life;
  /** `undefined`: the provider is not asked. */
  readonly view: MessageView | undefined;
}

type StoppableIo = CommandIo & { readonly stop: AbortSignal };

/** Looks in the store that the configuration names, and asks the provider for what was found. */
export async function findInStore(
  question: FindQuestion,
  config: CommandConfig,
  io: StoppableIo,
): Promise<readonly Found[]> {
  const store = await openStore(config.store);
  const askProvider = createViewer(io);
  const found: Found[] = [];
  for (const life of await findIn(store, question, config, io)) {
    // The provider is asked for messages: a value of an event is the id of none.
    const view = life.isOf === 'key' ? await askProvider?.(life) : undefined;
    found.push({ life, view });
  }
  return found;
}

async function findIn(
  { readRecords }: Store,
  question: FindQuestion,
  config: CommandConfig,
  io: StoppableIo,
): Promise<readonly Life[]> {
  const logger = createCommandLogger(io);
  const { observer, stop: stopProgress } = showReading(io.stderr);
  const deps: FindLifeDeps = {
    read: (selection, options) => readRecords(selection, { ...options, logger }),
    topics: [config.topics, ...config.webhookTopics].flatMap(listTopics),
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
function findReconciledTopic(
  { topics, webhookTopics }: CommandConfig,
  { env }: CommandIo,
): string | undefined {
  try {
    return loadReconciledTopic(env, [topics, ...webhookTopics]);
  } catch {
    return undefined;
  }
}

/** A person waits for what is stored. */
const maxWaitMs = 2_000;

/** Asks the provider, when an API user is named. */
function createViewer({ env, stop }: StoppableIo): ((life: Life) => Promise<MessageView>) | undefined {
  if (!isProviderApiNamed(env)) {
    return undefined;
  }
  try {
    const api = createMessageApi(loadProviderApiConfig(env, {}), { signal: stop, onNotice() {}, maxWaitMs });
    return (life) => viewMessage(life, api.findMessage);
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [];
    const notKnown = problems.map(({ variable, message }) => `${variable} ${message}`).join(' ');
    return async () => ({ notKnown: toReason(notKnown || describeError(error)) });
  }
}
