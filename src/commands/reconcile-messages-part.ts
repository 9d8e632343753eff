import { setTimeout as delay } from 'node:timers/promises';
import { type CommandConfig, loadCommandConfig } from '../config/command-config.ts';
import { loadReconciledTopic } from '../config/topic-names.ts';
import { systemClock } from '../runtime/clock.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import { toReason } from '../runtime/finding.ts';
import { openStore } from '../stores/open-store.ts';
import type { Store } from '../stores/store.ts';
import { createMessageApi } from '../tools/provider/messages/message-api.ts';
import { MessagesOutput } from '../tools/reconcile/messages-output.ts';
import { reconcileMessages } from '../tools/reconcile/reconcile-messages.ts';
import { StateSurvey } from '../tools/reconcile/state-survey.ts';
import type { KeyRules } from '../webhook/key-rules.ts';
import { createCommandLogger, writeLine } from './command-io.ts';
import { loadAndWarn } from './load-config.ts';
import { openReconciledStates } from './open-reconciled-states.ts';
import { showProgress, showReading } from './progress.ts';
import type { PartResult, ReconcileContext } from './reconcile-parts.ts';

export interface MessagesFlags {
  /** Milliseconds. */
  readonly olderThan: number;
  readonly write?: boolean;
  readonly rate: number;
}

/** Epoch milliseconds. */
interface MessagesRun {
  readonly fromMs: number;
  readonly beforeMs: number;
  readonly recentMs: number;
}

/** Asks the provider what became of messages without a final state. */
export async function reconcileMessagesPart(
  flags: MessagesFlags,
  context: ReconcileContext,
): Promise<PartResult> {
  const { io, period } = context;
  const config = loadAndWarn(io, loadCommandConfig);
  checkKeys(config.recordRules.keyRules);
  const topic = flags.write === true ? loadReconciledTopic(io.env, config) : undefined;
  const recentMs = systemClock.epochMs() - flags.olderThan;
  const run = { fromMs: period.fromMs, beforeMs: Math.min(period.toMs, recentMs), recentMs };
  const store = await openStore(config.store);
  const survey = await openSurvey(store, config, run, context);
  return queryAll({ survey, run, topic, store, config, flags }, context);
}

/** The key is what the provider is asked for. */
function checkKeys({ families, otherwise }: KeyRules): void {
  const [first = []] = families.get('message') ?? otherwise;
  if (first.join('.') !== 'payload.messageId') {
    throw new UsageError(
      'the records of messages have another key than their messageId (KEY_RULES): the provider cannot be asked for it',
    );
  }
}

async function openSurvey(
  store: Store,
  config: CommandConfig,
  { fromMs, beforeMs }: MessagesRun,
  { io, signal }: ReconcileContext,
): Promise<StateSurvey> {
  const logger = createCommandLogger(io);
  const reading = showReading(io.stderr, () => ', events are read');
  try {
    return await StateSurvey.open({
      read: (selection, options) => store.readRecords(selection, { ...options, logger }),
      topics: config.allTopics,
      fromMs,
      beforeMs,
      signal,
      observer: reading.observer,
    });
  } finally {
    reading.stop();
  }
}

interface MessagesWork {
  readonly survey: StateSurvey;
  readonly run: MessagesRun;
  readonly topic: string | undefined;
  readonly store: Store;
  readonly config: CommandConfig;
  readonly flags: MessagesFlags;
}

/** What is known when it ends is printed, also when that is not all. */
async function queryAll(
  work: MessagesWork,
  { io, signal, api, print }: ReconcileContext,
): Promise<PartResult> {
  const { survey, run, topic, flags } = work;
  const { fromMs, beforeMs, recentMs } = run;
  const shown = new MessagesOutput(print);
  const logger = createCommandLogger(io);
  const reconciled =
    topic === undefined ? undefined : await openReconciledStates({ ...work, topic, fromMs, logger, signal });
  const onWarning = (text: string) => writeLine(io.stderr, text);
  // After a failure the other calls of its round end too.
  const ending = new AbortController();
  const running = AbortSignal.any([signal, ending.signal]);
  const { findMessage } = createMessageApi(api, { signal: running, onWarning });
  const startedAt = systemClock.now();
  const progress = showProgress(io.stderr, () => ({
    done: shown.counts.asked,
    elapsedMs: systemClock.now() - startedAt,
    detail: ', messages are asked for',
  }));
  let problem: string | undefined;
  try {
    await reconcileMessages({
      survey,
      findMessage,
      recentMs,
      rate: flags.rate,
      clock: systemClock,
      delay: (ms) => delay(ms, undefined, { signal: running }),
      store: async (states) => reconciled?.add(states),
      take: (results) => shown.take(results),
    });
  } catch (error) {
    problem = signal.aborted ? 'it was stopped' : toReason(describeError(error));
  } finally {
    ending.abort();
    progress.stop();
    await reconciled?.close();
  }
  if (problem === undefined && survey.skipped.length > 0) {
    problem = `not all that is stored could be read: ${toReason(survey.skipped.join(' '))}`;
  }
  const { messages: total, late } = survey;
  return shown.end({ fromMs, beforeMs, total, late, writtenTo: topic, problem });
}
