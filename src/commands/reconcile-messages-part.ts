import { setTimeout as delay } from 'node:timers/promises';
import { type CommandConfig, loadCommandConfig } from '../config/command-config.ts';
import { listTopics, loadReconciledTopic } from '../config/topic-names.ts';
import { systemClock } from '../runtime/clock.ts';
import { describeError, UsageError } from '../runtime/errors.ts';
import { openStore } from '../stores/open-store.ts';
import type { Store } from '../stores/store.ts';
import { createMessageApi } from '../tools/provider/messages/message-api.ts';
import { MessagesOutput } from '../tools/reconcile/messages-output.ts';
import { reconcileMessages } from '../tools/reconcile/reconcile-messages.ts';
import { type MessagesRun, ResumeFile } from '../tools/reconcile/resume-file.ts';
import { StateSurvey } from '../tools/reconcile/state-survey.ts';
import { writeLine } from './command-io.ts';
import { createCommandLogger } from './command-logger.ts';
import { loadAndWarn } from './load-config.ts';
import { openReconciledStates } from './open-reconciled-states.ts';
import { showProgress, showReading } from './progress.ts';
import type { PartOutcome, ReconcileContext } from './reconcile-parts.ts';

export interface MessagesFlags {
  /** Milliseconds. */
  readonly olderThan: number;
  readonly write?: boolean;
  readonly resume?: string;
  readonly rate: number;
}

/** Asks the provider what became of messages without a final state. */
export async function reconcileMessagesPart(
  flags: MessagesFlags,
  context: ReconcileContext,
): Promise<PartOutcome> {
  const { io, period } = context;
  const config = loadAndWarn(io, loadCommandConfig);
  checkKeys(config);
  const topic =
    flags.write === true ? loadReconciledTopic(io.env, [config.topics, ...config.webhookTopics]) : undefined;
  const nowMs = systemClock.epochMs();
  const recentMs = nowMs - flags.olderThan;
  const given: MessagesRun = {
    begun: new Date(nowMs).toISOString(),
    fromMs: period.fromMs,
    beforeMs: Math.min(period.toMs, recentMs),
    recentMs,
    writesTo: topic ?? null,
  };
  const store = await openStore(config.store);
  const file = flags.resume === undefined ? undefined : await ResumeFile.open(flags.resume, given);
  try {
    const run = file?.run ?? given;
    checkResumed(file, given, context);
    const survey = await openSurvey(store, config, run, context);
    for await (const { messageId } of file?.results() ?? []) {
      survey.close(messageId);
    }
    return await askAll({ survey, file, run, topic, store, config, flags }, context);
  } finally {
    await file?.close();
  }
}

/** The key is what the provider is asked for. */
function checkKeys({ keyRules: { families, otherwise } }: CommandConfig): void {
  const [first = []] = families.get('message') ?? otherwise;
  if (first.join('.') !== 'payload.messageId') {
    throw new UsageError(
      'the records of messages have another key than their messageId (KEY_RULES): the provider cannot be asked for it',
    );
  }
}

function checkResumed(file: ResumeFile | undefined, given: MessagesRun, { io }: ReconcileContext): void {
  if (file?.isResumed !== true) {
    return;
  }
  const { begun, writesTo } = file.run;
  if (writesTo !== given.writesTo) {
    const how = writesTo === null ? 'was begun without --write' : `stores states on ${writesTo}`;
    throw new UsageError(
      `--resume: the run of this file ${how}: go on in the same way, or name another file`,
    );
  }
  writeLine(io.stderr, `Going on with the run that was begun at ${begun}, with its period.`);
}

async function openSurvey(
  store: Store,
  config: CommandConfig,
  { fromMs, beforeMs }: MessagesRun,
  { io, signal }: ReconcileContext,
): Promise<StateSurvey> {
  const { readRecords } = store;
  if (readRecords === undefined) {
    throw new UsageError('the records of this store cannot be read');
  }
  const logger = createCommandLogger(io);
  const reading = showReading(io.stderr, () => ', events are read');
  try {
    return await StateSurvey.open({
      read: (selection, options) => readRecords(selection, { ...options, logger }),
      topics: [config.topics, ...config.webhookTopics].flatMap(listTopics),
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
  readonly file: ResumeFile | undefined;
  readonly run: MessagesRun;
  readonly topic: string | undefined;
  readonly store: Store;
  readonly config: CommandConfig;
  readonly flags: MessagesFlags;
}

/** What is known when it ends is printed, also when that is not all. */
async function askAll(
  work: MessagesWork,
  { io, signal, api, output }: ReconcileContext,
): Promise<PartOutcome> {
  const { survey, file, run, topic, flags } = work;
  const { fromMs, beforeMs, recentMs } = run;
  const shown = new MessagesOutput(output);
  const logger = createCommandLogger(io);
  const reconciled =
    topic === undefined ? undefined : await openReconciledStates({ ...work, topic, fromMs, logger, signal });
  const onNotice = (text: string) => writeLine(io.stderr, text);
  // After a failure the other calls of its round end too.
  const ending = new AbortController();
  const running = AbortSignal.any([signal, ending.signal]);
  const { findMessage } = createMessageApi(api, { signal: running, onNotice });
  const startedAt = systemClock.now();
  const progress = showProgress(io.stderr, () => ({
    done: shown.counts.asked,
    elapsedMs: systemClock.now() - startedAt,
    detail: ', messages are asked for',
  }));
  let problem: string | undefined;
  await shown.begin();
  try {
    for await (const result of file?.results() ?? []) {
      await shown.take([result]);
    }
    await reconcileMessages({
      survey,
      findMessage,
      recentMs,
      rate: flags.rate,
      clock: systemClock,
      delay: (ms) => delay(ms, undefined, { signal: running }),
      store: async (states) => reconciled?.add(states),
      async take(results) {
        await file?.append(results);
        await shown.take(results);
      },
    });
    await file?.complete();
  } catch (error) {
    const why = signal.aborted ? 'it was stopped' : describeError(error).replace(/\.$/, '');
    problem = `${why}. ${file === undefined ? 'With --resume FILE a run can be gone on with' : 'Run again to go on'}`;
  } finally {
    ending.abort();
    progress.stop();
    await reconciled?.close();
  }
  await shown.end({ fromMs, beforeMs, total: survey.messages, writtenTo: topic, problem });
  if (problem !== undefined || shown.isNoneKnown) {
    return 'incomplete';
  }
  return shown.counts.outcomes.missing === 0 ? 'good' : 'missing';
}
