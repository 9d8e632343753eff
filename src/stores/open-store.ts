import { Registry } from 'prom-client';
import type { StoreConfig } from '../config/stores.ts';
import type { TopicNames } from '../config/topic-names.ts';
import type { Sink } from '../ports/sink.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { withDeadline } from '../runtime/with-deadline.ts';
import type { Store } from './store.ts';

/** Creates the configured store, and loads only the modules of that store. */
export async function openStore(config: StoreConfig): Promise<Store> {
  switch (config.kind) {
    case 'journal':
      return (await import('./journal/journal-store.ts')).createJournalStore(config);
    case 'kafka':
      return (await import('./kafka/kafka-store.ts')).createKafkaStore(config);
    case 'rabbitmq':
      return (await import('./rabbitmq/rabbitmq-store.ts')).createRabbitMqStore(config);
    case 'redis':
      return (await import('./redis/redis-store.ts')).createRedisStore(config);
  }
}

interface CommandSinkDeps {
  readonly topics: readonly TopicNames[];
  readonly maxBodyBytes: number;
  readonly logger: Logger;
  readonly extraDirectory?: string;
}

/**
 * Time in milliseconds for which a permanent problem must persist before the command fails. The description of a
 * cluster may be outdated, and another server may work.
 */
const minPermanentFailureMs = 1_000;
const sinkPollIntervalMs = 100;

/**
 * Creates and starts the same sink that a receiver uses. A receiver waits for its store forever, but a command fails
 * after a timeout, or after a second if the problem does not resolve by itself.
 *
 * @throws {Error} if the store is not available in time
 */
export async function startCommandSink(
  store: Store,
  { topics, maxBodyBytes, logger, extraDirectory }: CommandSinkDeps,
): Promise<Sink> {
  const deps = { topics, maxBodyBytes, logger, extraDirectory, clock: systemClock, registry: new Registry() };
  const sink = await store.createSink(deps);
  const { timeoutMs, advice } = store.sinkStart;
  const toTimeoutError = () => new Error(`The store is unavailable: ${sink.health().detail}${advice}`);
  const permanentFailure = Promise.withResolvers<never>();
  let permanentFailureMs = 0;
  const poll = setInterval(() => {
    permanentFailureMs = sink.health().isFinal === true ? permanentFailureMs + sinkPollIntervalMs : 0;
    if (permanentFailureMs >= minPermanentFailureMs) {
      permanentFailure.reject(toTimeoutError());
    }
  }, sinkPollIntervalMs);
  try {
    await withDeadline(Promise.race([sink.start(), permanentFailure.promise]), timeoutMs, toTimeoutError);
    return sink;
  } catch (error) {
    await sink.close();
    throw error;
  } finally {
    clearInterval(poll);
  }
}
