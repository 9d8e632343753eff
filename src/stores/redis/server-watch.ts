import type { TopicValidation } from '../../ports/topics.ts';
import { describeError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { StoreMetrics } from '../append/store-metrics.ts';
import type { RedisConnectionConfig } from './redis-connection.ts';
import { describeServer, type SeenServer } from './redis-server-info.ts';
import type { TopicStreams } from './topic-streams.ts';
import { type ExpectedServer, validateRedisServer } from './validate-redis-server.ts';

interface ServerWatchDeps {
  readonly config: RedisConnectionConfig;
  readonly expected: ExpectedServer;
  readonly topics: readonly TopicStreams[];
  readonly intervalMs: number;
  readonly metrics: Pick<StoreMetrics<never>, 'durabilityChecked'>;
  readonly logger: Logger;
  /** Nothing may be acknowledged by the server as it is now. */
  readonly onRefused: () => void;
}

/** After a check that failed. */
const recheckMs = 5_000;

export interface ServerWatch {
  /** The last one, which counts for every topic; `undefined` before the first look. */
  judgement(): TopicValidation | undefined;
  stop(): void;
}

/** Looks at the server at once and then from time to time: what it can promise. */
export function watchServer(deps: ServerWatchDeps): ServerWatch {
  const { config, expected, topics, intervalMs, metrics, logger, onRefused } = deps;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let logged: string | undefined;
  let judged: TopicValidation | undefined;

  async function check(): Promise<void> {
    let isSeen = true;
    try {
      report(await describeServer(config, []));
    } catch (error) {
      isSeen = false;
      logger.debug({ reason: describeError(error) }, 'redis could not be examined');
    }
    if (!isStopped) {
      timer = setTimeout(() => void check(), isSeen ? intervalMs : recheckMs).unref();
    }
  }

  function report(seen: SeenServer): void {
    const { facts } = seen;
    const { verdict, isRefused, findings, unseen } = validateRedisServer(expected, seen);
    judged = { verdict, findings };
    if (isRefused && !isStopped) {
      onRefused();
    }
    for (const { topic } of topics) {
      metrics.durabilityChecked(topic, verdict);
    }
    const text = [...findings.map(({ message }) => message), ...unseen].join(' ');
    if (text !== logged) {
      logged = text;
      const level = verdict === 'error' ? 'error' : verdict === 'warning' ? 'warn' : 'info';
      const name = facts?.name ?? 'redis';
      logger[level](
        { server: name, verdict },
        text === '' ? `${name} keeps what it confirms` : `${name}: ${text}`,
      );
    }
  }

  void check();
  return {
    judgement: () => judged,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
