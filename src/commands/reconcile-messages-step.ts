import { setTimeout as delay } from 'node:timers/promises';
import { type CommandConfig, loadCommandConfig } from '../config/command-config.ts';
import { loadReconciledTopic } from '../config/topic-names.ts';
import type { Sink } from '../ports/sink.ts';
import { systemClock } from '../runtime/clock.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import { removeFullStop } from '../runtime/finding.ts';
import type { Logger } from '../runtime/logger.ts';
import { untilAborted } from '../runtime/until-aborted.ts';
import { openStore, startCommandSink } from '../stores/open-store.ts';
import type { Store } from '../stores/store.ts';
import { createMessageApi } from '../tools/provider/messages/message-api.ts';
import { MessagesOutput } from '../tools/reconcile/messages-output.ts';
import { reconcileMessages } from '../tools/reconcile/reconcile-messages.ts';
import { ReconciledStates } from '../tools/reconcile/reconciled-states.ts';
import { StateSurvey } from '../tools/reconcile/state-survey.ts';
import type { KeyRules } from '../webhook/key-rules.ts';
import { createCommandLogger, writeLine } from './command-io.ts';
import { loadConfigWithWarnings } from './load-config.ts';
import { showProgress, showReadProgress } from './progress.ts';
import type { ReconcileContext, ReconcileStepResult } from './reconcile-steps.ts';

export interface MessagesFlags {
  /** Milliseconds. */
  readonly olderThan: number;
  readonly write?: boolean;
  readonly rate: number;
}

/** The times of a run, as `StateSurvey` and `reconcileMessages` define them, in epoch milliseconds. */
interface SurveyTimes {
  readonly fromMs: number;
  readonly beforeMs: number;
  readonly recentMs: number;
}

/** Requests the state of each message whose last stored state is not final, and compares it with the stored state. */
export async function runMessagesStep(
  flags: MessagesFlags,
  context: ReconcileContext,
): Promise<ReconcileStepResult> {
  const { io, period } = context;
  const config = loadConfigWithWarnings(io, loadCommandConfig);
  requireMessageKeys(config.recordRules.keyRules);
  const topic = flags.write === true ? loadReconciledTopic(io.env, config) : undefined;
  const recentlyChangedMs = systemClock.epochMs() - flags.olderThan;
  const run = {
    fromMs: period.fromMs,
    beforeMs: Math.min(period.toMs, recentlyChangedMs),
    recentMs: recentlyChangedMs,
  };
  const store = await openStore(config.store);
  const survey = await openStateSurvey(store, config, run, context);
  return compareMessages({ survey, run, topic, store, config, flags }, context);
}

/** Checks that messages are keyed by their messageId, which the provider's API requires. @throws {UsageError} */
function requireMessageKeys({ families, otherwise }: KeyRules): void {
  const [first = []] = families.get('message') ?? otherwise;
  if (first.join('.') !== 'payload.messageId') {
    throw new UsageError(
      '"reconcile --messages" does not work with these KEY_RULES: the command queries the provider by message id, so the key of a message must be payload.messageId',
    );
  }
}

async function openStateSurvey(
  store: Store,
  config: CommandConfig,
  { fromMs, beforeMs }: SurveyTimes,
  { io, signal }: ReconcileContext,
): Promise<StateSurvey> {
  const logger = createCommandLogger(io);
  const readProgress = showReadProgress(io.stderr, () => ', reading events');
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

interface MessageComparisonJob {
  readonly survey: StateSurvey;
  readonly run: SurveyTimes;
  readonly topic: string | undefined;
  readonly store: Store;
  readonly config: CommandConfig;
  readonly flags: MessagesFlags;
}

/** Requests the states and prints the differences. If the run is stopped or fails, the summary covers what was compared so far. */
async function compareMessages(
  work: MessageComparisonJob,
  { io, signal, api, print }: ReconcileContext,
): Promise<ReconcileStepResult> {
  const { survey, run, topic, flags } = work;
  const { fromMs, beforeMs, recentMs } = run;
  const messagesOutput = new MessagesOutput(print);
  const logger = createCommandLogger(io);
  const reconciledStates =
    topic === undefined ? undefined : await openReconciledStates({ ...work, topic, fromMs, logger, signal });
  const onWarning = (text: string) => writeLine(io.stderr, text);
  // Cancels the other calls of the round after a failure.
  const runEndController = new AbortController();
  const runSignal = AbortSignal.any([signal, runEndController.signal]);
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
      store: async (states) => reconciledStates?.add(states),
      take: (results) => messagesOutput.take(results),
    });
  } catch (error) {
    problem = signal.aborted ? 'the run was stopped' : removeFullStop(describeError(error));
  } finally {
    runEndController.abort();
    progress.stop();
    await reconciledStates?.close();
  }
  if (problem === undefined && survey.skipped.length > 0) {
    problem = `some records could not be read: ${removeFullStop(survey.skipped.join(' '))}`;
  }
  const { messages: total, late } = survey;
  return messagesOutput.end({ fromMs, beforeMs, total, late, writtenTo: topic, problem });
}

interface ReconciledTopic {
  readonly topic: string;
  readonly store: Store;
  readonly config: CommandConfig;
  /** Start of the compared period, in epoch milliseconds. Earlier records are not read. */
  readonly fromMs: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const reconciledDirectory = 'reconciled';

/** Opens the topic of reconciled states. @throws {Error} if the topic cannot be read or written */
async function openReconciledStates(given: ReconciledTopic): Promise<ReconciledStates> {
  const { topic, store, config, fromMs: sinceMs, logger, signal } = given;
  const headerRules = config.recordRules;
  const topics = [{ ...config.topics, events: topic }];
  const sink = await startReconciledSink(given);
  const states = new ReconciledStates({ sink, topic, headerRules, clock: systemClock });
  try {
    const observer = { onStart() {}, onProgress() {}, onWarning() {} };
    const storedRecords = store.readRecords(
      { role: 'events', topics, extraDirectory: reconciledDirectory, sinceMs, mayBeMissing: true },
      { follow: false, signal, observer, logger },
    );
    await states.load(untilAborted(storedRecords, signal));
    signal.throwIfAborted();
    return states;
  } catch (error) {
    await states.close();
    throw error;
  }
}

async function startReconciledSink({ topic, store, config, logger }: ReconciledTopic): Promise<Sink> {
  const topics = [{ ...config.topics, events: topic }];
  try {
    return await startCommandSink(store, { ...config, topics, logger, extraDirectory: reconciledDirectory });
  } catch (cause) {
    const why = describeError(cause).replace(/\.$/, '');
    throw new Error(
      `Cannot write to ${topic}: ${why}. If the topic does not exist, create it with "comapi-webhook topics --reconciled".`,
      { cause },
    );
  }
}
