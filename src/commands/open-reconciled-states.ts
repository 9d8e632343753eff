import type { CommandConfig } from '../config/command-config.ts';
import type { Sink } from '../ports/sink.ts';
import { systemClock } from '../runtime/clock.ts';
import { describeError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { untilAborted } from '../runtime/until-aborted.ts';
import { startCommandSink } from '../stores/open-store.ts';
import type { Store } from '../stores/store.ts';
import { ReconciledStates } from '../tools/reconcile/reconciled-states.ts';

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
export async function openReconciledStates(given: ReconciledTopic): Promise<ReconciledStates> {
  const { topic, store, config, fromMs: sinceMs, logger, signal } = given;
  const headerRules = config.recordRules;
  const topics = [{ ...config.topics, events: topic }];
  const sink = await startSink(given);
  const states = new ReconciledStates({ sink, topic, headerRules, clock: systemClock });
  try {
    const observer = { onStart() {}, onProgress() {}, onWarning() {} };
    const stored = store.readRecords(
      { role: 'events', topics, extraDirectory: reconciledDirectory, sinceMs, mayBeMissing: true },
      { follow: false, signal, observer, logger },
    );
    await states.load(untilAborted(stored, signal));
    signal.throwIfAborted();
    return states;
  } catch (error) {
    await states.close();
    throw error;
  }
}

async function startSink({ topic, store, config, logger }: ReconciledTopic): Promise<Sink> {
  const topics = [{ ...config.topics, events: topic }];
  try {
    return await startCommandSink(store, { ...config, topics, logger, extraDirectory: reconciledDirectory });
  } catch (cause) {
    const why = describeError(cause).replace(/\.$/, '');
    throw new Error(
      `Cannot write to ${topic}: ${why}. If it does not exist, create it with "comapi-webhook topics --reconciled".`,
      { cause },
    );
  }
}
