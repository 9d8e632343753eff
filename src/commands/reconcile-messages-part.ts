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

/** The times of a run, as `StateSurvey` and `reconcileMessages` define them, in epoch milliseconds. */
interface MessagesRun {
  readonly fromMs: number;
  readonly beforeMs: number;
  readonly recentMs: number;
}

/** Requests the state of each message whose last stored state is not final, and compares it with the stored state. */
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

/** Checks that messages are keyed by their messageId, which the provider's API requires. @throws {UsageError} */
function checkKeys({ families, otherwise }: KeyRules): void {
  const [first = []] = families.get('message') ?? otherwise;
  if (first.join('.') !== 'payload.messageId') {
    throw new UsageError(
      'reconcile --messages does not work with these KEY_RULES: it queries the provider by message id, so the key of a message must be payload.messageId',
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
  const readProgress = showReading(io.stderr, () => ', reading events');
  try {
    return await StateSurvey.open({
      read: (selection, options) => store.readRecords(selection, { ...options, logger }),
      topics: config.allTopics,
      fromMs,
      beforeMs,
      signal,
      observer: readProgress.observer,
    });
  } finally {
    readProgress.stop();
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

/** Requests the states and prints the differences. If the run is stopped or fails, the summary covers what was compared so far. */
async function queryAll(
  work: MessagesWork,
  { io, signal, api, print }: ReconcileContext,
): Promise<PartResult> {
  const { survey, run, topic, flags } = work;
  const { fromMs, beforeMs, recentMs } = run;
  const messagesOutput = new MessagesOutput(print);
  const logger = createCommandLogger(io);
  const reconciled =
    topic === undefined ? undefined : await openReconciledStates({ ...work, topic, fromMs, logger, signal });
  const onWarning = (text: string) => writeLine(io.stderr, text);
  // Cancels the other calls of the round after a failure.
  const runEnd = new AbortController();
  const runSignal = AbortSignal.any([signal, runEnd.signal]);
  const { findMessage } = createMessageApi(api, { signal: runSignal, onWarning });
  const startedAt = systemClock.now();
  const progress = showProgress(io.stderr, () => ({
    done: messagesOutput.counts.requested,
    elapsedMs: systemClock.now() - startedAt,
    detail: ', requesting message states',
  }));
  let problem: string | undefined;
  try {
    await reconcileMessages({
      survey,
      findMessage,
      recentMs,
      rate: flags.rate,
      clock: systemClock,
      delay: (ms) => delay(ms, undefined, { signal: runSignal }),
      store: async (states) => reconciled?.add(states),
      take: (results) => messagesOutput.take(results),
    });
  } catch (error) {
    problem = signal.aborted ? 'the run was stopped' : toReason(describeError(error));
  } finally {
    runEnd.abort();
    progress.stop();
    await reconciled?.close();
  }
  if (problem === undefined && survey.skipped.length > 0) {
    problem = `some records could not be read: ${toReason(survey.skipped.join(' '))}`;
  }
  const { messages: total, late } = survey;
  return messagesOutput.end({ fromMs, beforeMs, total, late, writtenTo: topic, problem });
}
