import { Registry } from 'prom-client';
import type { TopicNames } from '../config/topic-names.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { within } from '../runtime/within.ts';
import type { Sink } from '../sink/sink.ts';
import type { Store } from './store.ts';

interface CommandSinkDeps {
  readonly topics: readonly TopicNames[];
  readonly maxBodyBytes: number;
  readonly logger: Logger;
}

/**
 * The receiver's own sink, started. A receiver waits for its store for ever; a command says after a while why it cannot.
 *
 * @throws {Error} when the store takes no records in time
 */
export async function startCommandSink(
  store: Store,
  { topics, maxBodyBytes, logger }: CommandSinkDeps,
): Promise<Sink> {
  const deps = { topics, maxBodyBytes, logger, clock: systemClock, registry: new Registry() };
  const sink = await store.createSink(deps);
  const { timeoutMs, advice } = store.sinkStart;
  const toLate = () => new Error(`The store takes no records: ${sink.health().detail}${advice}`);
  try {
    await within(sink.start(), timeoutMs, toLate);
    return sink;
  } catch (error) {
    await sink.close();
    throw error;
  }
}
