import type { TopicValidation } from '../../ports/topics.ts';
import { describeError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { StoreMetrics } from '../append/store-metrics.ts';
import type { RedisConnectionConfig } from './redis-connection.ts';
import { describeServer, type InspectedServer } from './redis-server-info.ts';
import type { TopicStreams } from './topic-streams.ts';
import { type ExpectedServer, validateRedisServer } from './validate-redis-server.ts';

interface ServerWatchDeps {
  readonly config: RedisConnectionConfig;
  readonly expected: ExpectedServer;
  readonly topics: readonly TopicStreams[];
  readonly intervalMs: number;
  readonly metrics: Pick<StoreMetrics<never>, 'durabilityChecked'>;
  readonly logger: Logger;
  /** Called when the server cannot provide the required durability and therefore must not acknowledge records. */
  readonly onUnusable: () => void;
}

/** Time in milliseconds until the next check after a check that could not be performed. */
const recheckMs = 5_000;

/** Checks immediately, and then periodically, whether the server can provide the required durability. */
export function watchServer(deps: ServerWatchDeps) {
  const { config, expected, topics, intervalMs, metrics, logger, onUnusable } = deps;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let loggedMessage: string | undefined;
  let latestValidation: TopicValidation | undefined;

  async function checkServer(): Promise<void> {
    let isReachable = true;
    try {
      report(await describeServer(config, []));
    } catch (error) {
      isReachable = false;
      logger.debug({ reason: describeError(error) }, 'could not check the settings of redis');
    }
    if (!isStopped) {
      timer = setTimeout(() => void checkServer(), isReachable ? intervalMs : recheckMs).unref();
    }
  }

  function report(seen: InspectedServer): void {
    const { facts } = seen;
    const { verdict, isUnusable, findings, unchecked } = validateRedisServer(expected, seen);
    latestValidation = { verdict, findings };
    if (isUnusable && !isStopped) {
      onUnusable();
    }
    for (const { topic } of topics) {
      metrics.durabilityChecked(topic, verdict);
    }
    const text = [...findings.map(({ message }) => message), ...unchecked].join(' ');
    if (text !== loggedMessage) {
      loggedMessage = text;
      const level = verdict === 'error' ? 'error' : verdict === 'warning' ? 'warn' : 'info';
      const name = facts?.name ?? 'redis';
      logger[level](
        { server: name, verdict },
        text === '' ? `${name} stores records durably` : `${name}: ${text}`,
      );
    }
  }

  void checkServer();
  return {
    /** Returns the result of the last check, which applies to every topic, or `undefined` before the first check. */
    validation: () => latestValidation,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
